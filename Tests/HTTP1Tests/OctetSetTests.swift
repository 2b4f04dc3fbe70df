import Testing

@testable import HTTP1

/// The sets, spelled out as the grammars do.
struct OctetSetTests {
  static let alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

  static let sets: [(set: OctetSet, characters: String)] = [
    (.token, alphanumeric + "!#$%&'*+-.^_`|~"),
    (.registeredName, alphanumeric + "-._~" + "!$&'()*+,;="),
    (.path, alphanumeric + "-._~" + "!$&'()*+,;=" + ":@" + "/"),
    (.query, alphanumeric + "-._~" + "!$&'()*+,;=" + ":@" + "/?"),
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
        let isAllowed = byte == 0x09 || 0x20...0x7E ~= byte || byte >= 0x80
        #expect(end == (isAllowed ? range.upperBound : offset), "byte \(byte)")
      }
    }
  }

  @Test(arguments: sets)
  func containsExactly(_ set: OctetSet, _ characters: String) {
    let expected = Set(characters.utf8)
    for byte in UInt8.min...UInt8.max {
      #expect(set.contains(byte) == expected.contains(byte), "byte \(byte)")
    }
  }
}
