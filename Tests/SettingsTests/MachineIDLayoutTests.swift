import Reservations
import Testing

@testable import IDServer
@testable import Settings

/// The range of the machine IDs follows from the layout.
@Suite struct MachineIDLayoutTests {
  private static let maximums = [
    ("default", 1023), ("discord", 1023), ("javascript", 63), ("sonyflake", 65_535),
    ("41/1/12", 1), ("1/61/1", 2_305_843_009_213_693_951),
  ]

  @Test(arguments: maximums) func machineID(_ layout: String, _ maximum: Int) throws {
    let reason = layout == "default" ? "" : " (ID_LAYOUT=\(layout))"
    func machineIDs(_ settings: [String: String]) throws -> ClosedRange<Int> {
      try configuration(environment: settings.merging(["ID_LAYOUT": layout]) { $1 }).ids.machineIDs
    }
    #expect(try machineIDs(["MACHINE_ID": "\(maximum)"]) == maximum...maximum)
    #expect(
      try machineIDs(["MACHINE_ID": "1", "MACHINE_ID_OFFSET": "\(maximum - 1)"])
        == maximum...maximum)
    let required = "a whole number from 0 to \(maximum) is required\(reason)"
    for text in ["\(maximum + 1)", "x"] {
      #expect(throws: ConfigurationError("MACHINE_ID is \"\(text)\": \(required), or auto")) {
        try machineIDs(["MACHINE_ID": text])
      }
      #expect(throws: ConfigurationError("MACHINE_ID_OFFSET is \"\(text)\": \(required)")) {
        try machineIDs(["MACHINE_ID": "0", "MACHINE_ID_OFFSET": text])
      }
      let range =
        "MACHINE_ID_RANGE is \"0-\(text)\": two whole numbers from 0 to \(maximum) with a dash "
        + "between them, the lower one first, are required, such as "
        + "0-\(min(99, maximum))\(reason)"
      #expect(throws: ConfigurationError(range)) {
        try machineIDs(["MACHINE_ID": "0", "MACHINE_ID_RANGE": "0-\(text)"])
      }
    }
    let sum =
      "MACHINE_ID \(maximum) and MACHINE_ID_OFFSET 1 add up to \(maximum + 1): at most \(maximum) "
      + "is allowed\(reason)"
    #expect(throws: ConfigurationError(sum)) {
      try machineIDs(["MACHINE_ID": "\(maximum)", "MACHINE_ID_OFFSET": "1"])
    }
  }

  @Test func aMissingOneIsExplained() {
    let message =
      "MACHINE_ID is not set: a whole number from 0 to 63 is required (--id-layout=javascript), "
      + "different for each process, or auto with STATE_DIR or ETCD_ENDPOINTS"
    #expect(throws: ConfigurationError(message)) {
      try SettingValues(
        SettingGroup.layout.settings, flags: ["--id-layout": "javascript"],
        environment: { _ in nil }
      ).idConfiguration()
    }
  }

  /// The epoch has nothing to do with it.
  @Test func epochIsNotTheReason() {
    let message = "MACHINE_ID is \"1024\": a whole number from 0 to 1023 is required, or auto"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["MACHINE_ID": "1024", "ID_EPOCH": "0"])
    }
  }

  /// A free one is looked for among 65,536 at most.
  @Test(arguments: [
    ("javascript", nil, nil, 0...63), ("sonyflake", nil, nil, 0...65_535),
    ("40/17/6", nil, nil, 0...65_535), ("40/17/6", nil, "70000", 70_000...131_071),
    ("40/17/6", nil, "1", 1...65_536), ("40/17/6", "65536-131071", nil, 65_536...131_071),
    ("javascript", "0-9", "54", 54...63), ("1/61/1", nil, "2305843009213693950", -2 ... -1),
  ])
  func auto(
    _ layout: String, _ range: String?, _ offset: String?, _ expected: ClosedRange<Int>
  ) throws {
    var settings = ["MACHINE_ID": "auto", "STATE_DIR": "/state", "ID_LAYOUT": layout]
    settings["MACHINE_ID_RANGE"] = range
    settings["MACHINE_ID_OFFSET"] = offset
    let greatest = layout == "1/61/1" ? 2_305_843_009_213_693_952 : 0
    let machineIDs = try configuration(environment: settings).ids.machineIDs
    #expect(machineIDs == expected.lowerBound + greatest...expected.upperBound + greatest)
  }

  @Test func rangeIsTooLong() {
    let message = "MACHINE_ID_RANGE is \"1-65537\": at most 65536 machine IDs are allowed"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [
        "MACHINE_ID": "auto", "STATE_DIR": "/state", "ID_LAYOUT": "40/17/6",
        "MACHINE_ID_RANGE": "1-65537",
      ])
    }
  }
}
