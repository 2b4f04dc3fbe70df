import HTTP1

/// The preferences of a request's `Accept` fields for the two media types: RFC 9110 §12.5.1.
struct Accept {
  enum MediaType { case json, plainText }

  /// A weight in thousandths, and the specificity of its media range: the most specific matching
  /// range has precedence.
  private struct Preference {
    var weight = 0
    var specificity = 0

    mutating func record(weight: Int, specificity: Int) {
      guard specificity >= self.specificity else { return }
      (self.weight, self.specificity) = (weight, specificity)
    }
  }

  private var json = Preference()
  private var plainText = Preference()
  private var isEmpty = true

  /// The type with the higher weight, JSON if they are equal; `nil` if neither is acceptable.
  ///
  /// - Parameter offersText: whether plain text is available; JSON always is.
  func preferredType(offersText: Bool) -> MediaType? {
    if offersText, plainText.weight > json.weight { return .plainText }
    return json.weight > 0 || isEmpty ? .json : nil
  }

  /// Parses the value of one field line. Malformed elements are ignored.
  mutating func record(_ value: Range<Int>, in bytes: Span<UInt8>) {
    bytes.forEachListElement(in: value) { element in
      let semicolon = bytes.firstIndex(of: UInt8(ascii: ";"), in: element)
      let range = bytes.trimming(element.lowerBound..<(semicolon ?? element.upperBound))
      let parameters = (semicolon ?? element.upperBound)..<element.upperBound
      guard let weight = Self.weight(parameters, in: bytes) else { return }
      isEmpty = false
      if bytes.equals("*/*", in: range) {
        json.record(weight: weight, specificity: 1)
        plainText.record(weight: weight, specificity: 1)
      } else if bytes.equals("application/*", in: range) {
        json.record(weight: weight, specificity: 2)
      } else if bytes.equals("text/*", in: range) {
        plainText.record(weight: weight, specificity: 2)
      } else if bytes.equals("application/json", in: range) {
        json.record(weight: weight, specificity: 3)
      } else if bytes.equals("text/plain", in: range) {
        plainText.record(weight: weight, specificity: 3)
      }
    }
  }

  /// Parses the weight in a range's parameters, 0…1000; 1000 without one, `nil` if malformed.
  ///
  /// `qvalue`, RFC 9110 §12.4.2: `0`, `1`, or either with up to three decimals, at most 1.
  private static func weight(_ parameters: Range<Int>, in bytes: Span<UInt8>) -> Int? {
    var weight: Int? = 1000
    var start = parameters.lowerBound
    while start < parameters.upperBound {
      let end =
        bytes.firstIndex(of: UInt8(ascii: ";"), in: start + 1..<parameters.upperBound)
        ?? parameters.upperBound
      let parameter = bytes.trimming(start + 1..<end)
      if parameter.count >= 2,
        bytes.equals("q=", in: parameter.lowerBound..<parameter.lowerBound + 2)
      {
        weight = thousandths(parameter.lowerBound + 2..<parameter.upperBound, in: bytes)
      }
      start = end
    }
    return weight
  }

  private static func thousandths(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
    guard 1...5 ~= range.count,
      range.count < 2 || bytes[range.lowerBound + 1] == UInt8(ascii: ".")
    else { return nil }
    var value = 0
    for place in 0..<5 where place != 1 {
      let index = range.lowerBound + place
      let byte = index < range.upperBound ? bytes[index] : UInt8(ascii: "0")
      guard byte.isDigit else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value <= 1000 ? value : nil
  }
}
