extension UInt64 {
  /// How many decimal digits the number has, 1…20.
  @inline(__always)
  public var decimalDigitCount: Int {
    // IDs have 18 digits until July 2031, so ask for that first.
    if self >= 100_000_000_000_000_000, self < 1_000_000_000_000_000_000 { return 18 }
    var count = 1
    var rest = self
    while rest >= 10 {
      rest /= 10
      count += 1
    }
    return count
  }

  /// Writes the number's decimal digits, two at a time from the last.
  ///
  /// - Parameters:
  ///   - start: where the first digit goes; room for `digitCount` bytes.
  ///   - digitCount: as ``decimalDigitCount`` says.
  @inline(__always)
  func writeDecimal(to start: UnsafeMutablePointer<UInt8>, digitCount: Int) {
    let pairs = unsafe twoDigits.utf8Start
    var rest = self
    var end = digitCount
    while end >= 2 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      end -= 2
      // `end` and the place after it are below `digitCount`; `pair` is below 100.
      unsafe (start + end).update(from: pairs + Int(pair) * 2, count: 2)
      rest = quotient
    }
    if end == 1 { unsafe start[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest) }
  }
}

/// 00 to 99, each in two digits.
private let twoDigits: StaticString = """
  00010203040506070809101112131415161718192021222324252627282930313233343536373839\
  40414243444546474849505152535455565758596061626364656667686970717273747576777879\
  8081828384858687888990919293949596979899
  """
