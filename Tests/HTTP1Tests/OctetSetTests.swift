import Testing

@testable import HTTP1

/// The sets, spelled out as the grammars do.
struct OctetSetTests {
  static let alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
  static let visible = String(String.UnicodeScalarView((0x20...0x7E).map { Unicode.Scalar($0) }))

  static let sets: [(set: OctetSet, ascii: String, hasObsoleteText: Bool)] = [
    (.token, alphanumeric + "!#$%&'*+-.^_`|~", false),
    (.fieldValue, visible + "\t", true),
    (.registeredName, alphanumeric + "-._~" + "!$&'()*+,;=", false),
    (.path, alphanumeric + "-._~" + "!$&'()*+,;=" + ":@" + "/", false),
    (.query, alphanumeric + "-._~" + "!$&'()*+,;=" + ":@" + "/?", false),
  ]

  /// Eight bytes at a time or one, it is the same set.
  @Test(arguments: 0..<20) func fieldValueEndsAtTheFirstByteThatIsNotInIt(offset: Int) {
    for byte in UInt8.min...UInt8.max {
      var value = Array("an ordinary value 123".utf8)
      value[offset] = byte
      let isAllowed = offset == 0 || OctetSet.fieldValue.contains(byte)
      let range = 1..<value.count - 1
      let end = value.span.firstIndexNotInFieldValue(in: range)
      #expect(end == (isAllowed ? range.upperBound : offset), "byte \(byte)")
    }
  }

  @Test(arguments: sets)
  func containsExactly(_ set: OctetSet, _ ascii: String, _ hasObsoleteText: Bool) {
    let allowed = Set(ascii.utf8)
    for byte in UInt8.min...UInt8.max {
      let expected = byte < 0x80 ? allowed.contains(byte) : hasObsoleteText
      #expect(set.contains(byte) == expected, "byte \(byte)")
    }
  }
}
