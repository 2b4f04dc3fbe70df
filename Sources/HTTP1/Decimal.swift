extension UInt64 {
  /// The number of decimal digits, 1…20.
  @inline(__always)
  public var decimalDigitCount: Int {
    // IDs have 18 digits until July 2031, so check for that first.
    if self >= 100_000_000_000_000_000, self < 1_000_000_000_000_000_000 { return 18 }
    var count = 1
    var rest = self
    while rest >= 10 {
      rest /= 10
      count += 1
    }
    return count
  }

  /// Writes the number's decimal digits.
  ///
  /// It writes eight digits at a time, from the last: one 64-bit division for eight digits, and the
  /// 32-bit divisions within them do not depend on each other.
  ///
  /// - Parameters:
  ///   - start: where to write the first digit; `digitCount` bytes must be allocated there.
  ///   - digitCount: ``decimalDigitCount`` of this number.
  @inline(__always)
  func writeDecimal(to start: UnsafeMutablePointer<UInt8>, digitCount: Int) {
    var rest = self
    var end = digitCount
    while end >= 8 {
      let (quotient, eight) = rest.quotientAndRemainder(dividingBy: 100_000_000)
      end -= 8
      // `end + 8` is at most `digitCount`.
      unsafe UInt32(truncatingIfNeeded: eight).writeEightDigits(to: start + end)
      rest = quotient
    }
    var short = UInt32(truncatingIfNeeded: rest)
    while end >= 2 {
      end -= 2
      unsafe (short % 100).writeTwoDigits(to: start + end)
      short /= 100
    }
    if end == 1 { unsafe start[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: short) }
  }
}

extension UInt32 {
  /// Writes a number below 10^8 in eight digits.
  @inline(__always)
  fileprivate func writeEightDigits(to start: UnsafeMutablePointer<UInt8>) {
    unsafe (self / 10_000).writeFourDigits(to: start)
    unsafe (self % 10_000).writeFourDigits(to: start + 4)
  }

  /// Writes a number below 10^4 in four digits.
  @inline(__always)
  func writeFourDigits(to start: UnsafeMutablePointer<UInt8>) {
    unsafe (self / 100).writeTwoDigits(to: start)
    unsafe (self % 100).writeTwoDigits(to: start + 2)
  }

  /// Writes a number below 100 in two digits.
  @inline(__always)
  fileprivate func writeTwoDigits(to start: UnsafeMutablePointer<UInt8>) {
    // The table has two bytes for each number below 100. Unlike `update`, `initialize` does not
    // check whether source and destination are the same.
    unsafe start.initialize(from: twoDigits.utf8Start + Int(self) * 2, count: 2)
  }
}

/// 00 to 99, each in two digits.
private let twoDigits: StaticString = """
  00010203040506070809101112131415161718192021222324252627282930313233343536373839\
  40414243444546474849505152535455565758596061626364656667686970717273747576777879\
  8081828384858687888990919293949596979899
  """
