import Foundation
import Snowflake
import TestSupport
import Testing

struct SnowflakeIDTests {
  struct Layout: Sendable {
    let rawValue: UInt64
    let timestamp: Int64
    let machineID: Int
    let sequence: Int
    let time: String
  }

  static let layouts = [
    Layout(
      rawValue: 275_238_510_129_057_792, timestamp: 65_621_974_499, machineID: 1, sequence: 0,
      time: "2026-01-29T12:19:34.499Z"),
    Layout(
      rawValue: 0, timestamp: 0, machineID: 0, sequence: 0, time: "2024-01-01T00:00:00.000Z"),
    Layout(
      rawValue: 4095, timestamp: 0, machineID: 0, sequence: 4095,
      time: "2024-01-01T00:00:00.000Z"),
    Layout(
      rawValue: 1023 << 12, timestamp: 0, machineID: 1023, sequence: 0,
      time: "2024-01-01T00:00:00.000Z"),
    Layout(
      rawValue: 1 << 22, timestamp: 1, machineID: 0, sequence: 0,
      time: "2024-01-01T00:00:00.001Z"),
    // The first ID that a 64-bit float cannot hold exactly for certain.
    Layout(
      rawValue: 1 << 53, timestamp: 1 << 31, machineID: 0, sequence: 0,
      time: "2024-01-25T20:31:23.648Z"),
    Layout(
      rawValue: 1 << 63 - 1, timestamp: 1 << 41 - 1, machineID: 1023, sequence: 4095,
      time: "2093-09-06T15:47:35.551Z"),
  ]

  @Test(arguments: layouts)
  func layout(_ expected: Layout) throws {
    let id = try #require(SnowflakeID(rawValue: expected.rawValue))
    #expect(id.timestamp == expected.timestamp)
    #expect(id.machineID == expected.machineID)
    #expect(id.sequence == expected.sequence)
    #expect(id.unixMilliseconds == 1_704_067_200_000 + expected.timestamp)
    #expect(id.time.description == expected.time)
  }

  @Test(arguments: [1 << 63, 1 << 63 + 1, .max] as [UInt64])
  func topBitIsZero(_ rawValue: UInt64) {
    #expect(SnowflakeID(rawValue: rawValue) == nil)
    #expect(SnowflakeID(String(rawValue)) == nil)
  }

  @Test func constants() {
    #expect(SnowflakeLayout.default.epochUnixMilliseconds == 1_704_067_200_000)
    #expect(SnowflakeLayout.default.maximumTimestamp == 2_199_023_255_551)
    #expect(SnowflakeLayout.default.lastUnixMilliseconds == 3_903_090_455_551)
    #expect(SnowflakeLayout.default.maximumMachineID == 1023)
    #expect(SnowflakeLayout.default.maximumSequence == 4095)
    #expect(SnowflakeID.maximumRawValue == 9_223_372_036_854_775_807)
  }

  // MARK: - Order

  /// By time first, then by machine, then by sequence.
  @Test func order() throws {
    let ascending: [UInt64] = [
      0, 1, 4095, 1 << 12, 1 << 12 + 1, 1023 << 12, 1 << 22, 1 << 22 + 1, 1 << 62, 1 << 63 - 1,
    ]
    let ids = try ascending.map { try #require(SnowflakeID(rawValue: $0)) }
    for (left, right) in zip(ids, ids.dropFirst()) {
      #expect(left < right)
      #expect(!(right < left))
      #expect(left != right)
    }
    #expect(ids.reversed().sorted() == ids)
    #expect(Set(ids + ids).count == ids.count)
  }

  // MARK: - Text

  @Test func textRoundTrips() throws {
    var random = SplitMix64(seed: 1)
    for _ in 0..<10_000 {
      let rawValue = random.next() >> Int.random(in: 1...63, using: &random)
      let id = try #require(SnowflakeID(rawValue: rawValue))
      #expect(String(id) == String(rawValue))
      #expect(SnowflakeID(String(id)) == id)
    }
  }

  @Test(arguments: [
    "", " ", "+1", "-1", "-0", " 1", "1 ", "1\n", "\u{0}1", "1.0", "1e3", "0x10", "1_000", "1,000",
    "a", "1a", "١", "１", "²", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "99999999999999999999999999",
  ])
  func textIsDigitsOnly(_ text: String) {
    #expect(SnowflakeID(text) == nil)
  }

  @Test(arguments: [("0", 0), ("007", 7), ("9223372036854775807", UInt64(Int64.max))])
  func textIsRead(_ text: String, _ rawValue: UInt64) {
    #expect(SnowflakeID(text)?.rawValue == rawValue)
  }

  // MARK: - JSON

  @Test func encodesAsANumber() throws {
    let ids = try #require(SnowflakeID("275238510129057792"))
    let json = try JSONEncoder().encode(["id": ids])
    #expect(String(decoding: json, as: UTF8.self) == #"{"id":275238510129057792}"#)
  }

  @Test(arguments: [
    #"[275238510129057792]"#, #"["275238510129057792"]"#, #"[ "275238510129057792" ]"#,
  ])
  func decodesFromANumberOrAString(_ json: String) throws {
    let ids = try JSONDecoder().decode([SnowflakeID].self, from: Data(json.utf8))
    #expect(ids.map(\.rawValue) == [275_238_510_129_057_792])
  }

  @Test(arguments: [
    "[-1]", "[1.5]", "[9223372036854775808]", "[18446744073709551616]", "[null]", "[true]",
    "[[]]", "[{}]", #"[""]"#, #"["-1"]"#, #"[" 1"]"#, #"["0x1"]"#, #"["9223372036854775808"]"#,
  ])
  func decodesNothingElse(_ json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([SnowflakeID].self, from: Data(json.utf8))
    }
  }
}
