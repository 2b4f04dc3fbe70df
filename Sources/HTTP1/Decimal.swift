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
    var rest = self
    var end = digitCount
    while end >= 2 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      let tens = UInt8(truncatingIfNeeded: pair / 10)
      end -= 2
      // `end` and the place after it are below `digitCount`.
      unsafe start[end] = UInt8(ascii: "0") + tens
      unsafe start[end + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair) - tens * 10
      rest = quotient
    }
    if end == 1 { unsafe start[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest) }
  }
}
