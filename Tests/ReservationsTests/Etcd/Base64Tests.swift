import Testing

@testable import Reservations

struct Base64Tests {
  /// RFC 4648 §10, and every value of six bits.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func vectors(_ plain: String, _ encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == Array(encoded.utf8))
    #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
  }

  @Test(arguments: 0...66)
  func decodesWhatItEncodes(count: Int) {
    for first in [0, 63, 128, 255 - count] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: first + $0 * 7) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
  }

  @Test func alphabet() {
    let bytes: [UInt8] = [
      0x00, 0x10, 0x83, 0x10, 0x51, 0x87, 0x20, 0x92, 0x8B, 0x30, 0xD3, 0x8F, 0x41, 0x14, 0x93,
      0x51, 0x55, 0x97, 0x61, 0x96, 0x9B, 0x71, 0xD7, 0x9F, 0x82, 0x18, 0xA3, 0x92, 0x59, 0xA7,
      0xA2, 0x9A, 0xAB, 0xB2, 0xDB, 0xAF, 0xC3, 0x1C, 0xB3, 0xD3, 0x5D, 0xB7, 0xE3, 0x9E, 0xBB,
      0xF3, 0xDF, 0xBF,
    ]
    let text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    #expect(Base64.encode(bytes) == Array(text.utf8))
    #expect(Base64.decode(Array(text.utf8)) == bytes)
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm9vY", "=", "==", "====", "Z===", "=Zg=", "Z=g=",
    "Zg==Zg==",
    "Zm8=Zm8=", "Zg=v", "Zm9v====", "Zm9v=", "Zm9vZg=", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_",
    "Zm9\u{E9}",
    "Zh==", "Zi==", "Zk==", "Zo==", "Zv==", "Zm9=", "Zm+=", "Zm\u{0}v",
  ])
  func refused(_ text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }
}
