import Reservations
import Snowflake
import Testing

@testable import IDServer
@testable import Settings

@Suite struct LayoutSettingTests {
  private static let presets =
    "one of default, twitter, discord, sonyflake, sonyflake2, tsid, javascript"

  // MARK: - ID_LAYOUT

  @Test(arguments: SnowflakeLayout.presets.map(\.name)) func presets(_ name: String) throws {
    let layout = try #require(SnowflakeLayout.presets.first { $0.name == name }?.layout)
    #expect(try configuration(environment: ["ID_LAYOUT": name]).ids.layout == layout)
    #expect(
      try configuration(flags: ["ID_LAYOUT": name], environment: ["ID_LAYOUT": "x"]).ids.layout
        == layout)
  }

  @Test(arguments: [
    ("41/10/12", 41, 10, 12), ("39/8/16", 39, 8, 16), ("61/1/1", 61, 1, 1), ("1/61/1", 1, 61, 1),
    ("1/1/1", 1, 1, 1), ("041/06/6", 41, 6, 6),
  ])
  func bits(_ text: String, _ timestamp: Int, _ machineID: Int, _ sequence: Int) throws {
    let settings = ["ID_LAYOUT": text, "MACHINE_ID": "1"]
    let layout = try configuration(environment: settings).ids.layout
    #expect(
      try layout
        == SnowflakeLayout(
          timestampBits: timestamp, machineIDBits: machineID, sequenceBits: sequence,
          epochUnixMilliseconds: 1_704_067_200_000))
  }

  static let badLayouts: [(text: String, reason: String)] =
    ["", "Default", "discord ", "snowflake", "/41/10/12", "-41/10/12"].map {
      ($0, "\(presets), or bits such as 41/10/12, is required")
    }
    + [
      "41", "41/10", "41/10/12/1", "41/10/", "41//12", "41/ 10/12", "41/10/+12", "41/1e1/12",
      "99999999999999999999/1/1",
    ].map {
      (
        $0,
        "the bits of timestamp/machine ID/sequence are required, such as 41/10/12, or \(presets)"
      )
    }
    + [
      ("42/10/12", 42, 10, 12, "64"), ("0/10/12", 0, 10, 12, "22"), ("41/10/0", 41, 10, 0, "51"),
    ].map {
      (
        $0.0,
        "\($0.1) bits for the timestamp, \($0.2) for the machine ID and \($0.3) for the sequence "
          + "are \($0.4): each needs at least 1, and at most 63 are allowed together"
      )
    }

  @Test(arguments: badLayouts) func badLayout(_ test: (text: String, reason: String)) {
    let value = test.text.isEmpty ? "empty" : "\"\(test.text)\""
    #expect(throws: ConfigurationError("ID_LAYOUT is \(value): \(test.reason)")) {
      try configuration(environment: ["ID_LAYOUT": test.text])
    }
  }

  // MARK: - ID_EPOCH

  @Test(arguments: [
    (nil, "2020-02-03T04:05:06.789Z", 1_580_702_706_789), (nil, "1580702706789", 1_580_702_706_789),
    (nil, "0", 0), (nil, "1970-01-01T00:00:00Z", 0),
    ("javascript", "100000000000", 100_000_000_000),
    ("sonyflake", "2020-02-03T05:05:06.789+01:00", 1_580_702_706_789),
    ("39/8/16", "1580702706789", 1_580_702_706_789),
  ])
  func epoch(_ layout: String?, _ text: String, _ milliseconds: Int64) throws {
    var environment: [String: String] = [:]
    environment["ID_LAYOUT"] = layout
    let own = try configuration(environment: environment).ids.layout
    environment["ID_EPOCH"] = text
    #expect(
      try configuration(environment: environment).ids.layout
        == own.with(epochUnixMilliseconds: milliseconds))
  }

  @Test(arguments: ["", "x", "-1", "1.5", " 0", "2020-13-01T00:00:00Z"])
  func malformedEpoch(_ text: String) {
    let value = text.isEmpty ? "empty" : "\"\(text)\""
    let reason = "a date and time such as 2024-01-01T00:00:00Z, or milliseconds since 1970, is"
    #expect(throws: ConfigurationError("--id-epoch is \(value): \(reason) required")) {
      try configuration(flags: ["ID_EPOCH": text])
    }
  }

  @Test func epochIsNotBefore1970() {
    let message =
      "ID_EPOCH is \"1969-12-31T23:59:59.999Z\": a time from 1970-01-01T00:00:00.000Z on is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["ID_EPOCH": "1969-12-31T23:59:59.999Z"])
    }
  }

  /// The clock is that of the moment when the configuration is made.
  @Test func epochIsPast() throws {
    let settings = try SettingValues(SettingGroup.bits.settings, flags: [:]) {
      $0 == "ID_EPOCH" ? "1704067200001" : nil
    }.layout
    for now: Int64 in [0, 1_704_067_200_001] {
      let message =
        "ID_EPOCH is \"1704067200001\": a time in the past is required, and the clock reads "
        + "\(UTCTime(unixMilliseconds: now))"
      #expect(throws: ConfigurationError(message)) { try settings.checkedLayout(at: now) }
    }
    #expect(
      try settings.checkedLayout(at: 1_704_067_200_002).epochUnixMilliseconds == 1_704_067_200_001)
    for text in ["9999-12-31T23:59:59Z", "9223372036854775807", "9223372036854775808"] {
      #expect {
        try configuration(environment: ["ID_EPOCH": text])
      } throws: {
        "\($0)".hasPrefix("ID_EPOCH is \"\(text)\": a time in the past is required, ")
      }
    }
  }

  // MARK: - --after

  private func after(_ text: String?) throws -> SnowflakeID? {
    var flags = ["--machine-id": "1"]
    flags["--after"] = text
    return try SettingValues(
      SettingGroup.serve.flatMap(\.settings), flags: flags
    ) { $0 == "AFTER" ? "7" : nil }.idConfiguration().after
  }

  @Test(arguments: [(nil, nil), ("0", 0), ("042", 42), ("9223372036854775807", UInt64(Int64.max))])
  func after(_ text: String?, _ expected: UInt64?) throws {
    #expect(try after(text)?.rawValue == expected)
  }

  @Test(arguments: ["", "x", "-1", "1.0", "9223372036854775808"])
  func badAfter(_ text: String) {
    let value = text.isEmpty ? "empty" : "\"\(text)\""
    let message =
      "--after is \(value): a whole number from 0 to 9223372036854775807 is required"
    #expect(throws: ConfigurationError(message)) { try after(text) }
  }

  // MARK: - SEQUENCE_START

  @Test func sequenceStart() throws {
    #expect(try configuration().ids.sequenceStart == .zero)
    #expect(try configuration(environment: ["SEQUENCE_START": "zero"]).ids.sequenceStart == .zero)
    for layout in ["default", "javascript", "tsid", "41/10/12"] {
      let settings = ["SEQUENCE_START": "carried", "ID_LAYOUT": layout]
      #expect(try configuration(environment: settings).ids.sequenceStart == .carried)
    }
    #expect(
      throws: ConfigurationError("SEQUENCE_START is \"even\": one of zero, carried is required")
    ) { try configuration(environment: ["SEQUENCE_START": "even"]) }
  }

  @Test(arguments: ["45/10/1", "44/6/3"]) func carriedNeedsFourBits(_ bits: String) {
    let message =
      "SEQUENCE_START is \"carried\": zero is required with ID_LAYOUT=\(bits), whose sequence has "
      + "less than 4 bits"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["SEQUENCE_START": "carried", "ID_LAYOUT": bits])
    }
  }

  /// Seconds, and a year, are not taken for milliseconds in 1970.
  @Test(arguments: [
    ("2024", "1970-01-01T00:00:02.024Z"), ("1704067200", "1970-01-20T17:21:07.200Z"),
    ("99999999999", "1973-03-03T09:46:39.999Z"),
  ])
  func secondsAreNoEpoch(_ text: String, _ time: String) throws {
    let message =
      "ID_EPOCH is \"\(text)\": milliseconds since 1970 are required, and this looks like seconds or "
      + "a year; if it is meant, write \(time)"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["ID_EPOCH": text])
    }
    let layout = try configuration(environment: ["ID_EPOCH": time]).ids.layout
    #expect("\(layout.epoch)" == time)
    #expect(try configuration(environment: ["ID_EPOCH": "0"]).ids.layout.epochUnixMilliseconds == 0)
  }

  @Test(arguments: ["sonyflake", "sonyflake2"]) func carriedNeedsTheSequenceLowest(_ name: String)
    throws
  {
    let zero = ["SEQUENCE_START": "zero", "ID_LAYOUT": name]
    #expect(try configuration(environment: zero).ids.sequenceStart == .zero)
    let message =
      "--sequence-start is \"carried\": zero is required with ID_LAYOUT=\(name), whose lowest bits "
      + "are the machine ID"
    #expect(throws: ConfigurationError(message)) {
      try configuration(flags: ["SEQUENCE_START": "carried"], environment: ["ID_LAYOUT": name])
    }
  }
}
