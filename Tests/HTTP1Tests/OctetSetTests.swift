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
  @Test(arguments: 1...24, ["an ordinary value of 24.", "with\ta tab, and\tanother."])
  func fieldValueEndsAtTheFirstByteThatIsNotInIt(length: Int, text: String) {
    let range = 1..<1 + length
    for offset in range {
      for byte in UInt8.min...UInt8.max {
        var value = Array("\n\(text)\n".utf8)
        value[offset] = byte
        let end = value.span.firstIndexNotInFieldValue(in: range)
        let isAllowed = OctetSet.fieldValue.contains(byte)
        #expect(end == (isAllowed ? range.upperBound : offset), "byte \(byte)")
      }
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
