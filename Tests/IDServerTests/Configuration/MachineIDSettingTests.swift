import Reservations
import Testing

@testable import IDServer

@Suite struct MachineIDSettingTests {
  // MARK: - The machine ID's offset

  @Test(arguments: [("0", "0", 0), ("3", "0", 3), ("3", "512", 515), ("0", "1023", 1023)])
  func offset(_ machineID: String, _ offset: String, _ expected: Int) throws {
    let settings: [Setting: String] = [.machineID: machineID, .machineIDOffset: offset]
    #expect(try configuration(environment: settings).ids.machineIDs == expected...expected)
    #expect(try configuration(flags: settings).ids.machineIDs == expected...expected)
  }

  @Test func sumIsOutOfRange() {
    let message =
      "--machine-id 1000 and MACHINE_ID_OFFSET 24 add up to 1024: at most 1023 is allowed"
    #expect(throws: ConfigurationError(message)) {
      try configuration(flags: [.machineID: "1000"], environment: [.machineIDOffset: "24"])
    }
  }

  @Test(arguments: ConfigurationTests.malformed + ["1024"])
  func badOffset(_ text: String) {
    let message = "MACHINE_ID_OFFSET is \"\(text)\": a whole number from 0 to 1023 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [.machineIDOffset: text])
    }
  }

  // MARK: - State, and the machine ID by itself

  @Test func stateDirectory() throws {
    #expect(
      try configuration(environment: [.stateDirectory: "/state"]).ids.store
        == .file(directory: "/state"))
    #expect(
      try configuration(flags: [.stateDirectory: "a b"], environment: [.stateDirectory: "/state"])
        .ids.store == .file(directory: "a b"))
    #expect(throws: ConfigurationError("STATE_DIR is empty: a folder is required")) {
      try configuration(environment: [.stateDirectory: ""])
    }
    #expect(throws: ConfigurationError("--state-dir is empty: a folder is required")) {
      try configuration(flags: [.stateDirectory: ""])
    }
  }

  @Test(arguments: [
    (nil, nil, 0...1023), (nil, "256", 256...1023), (nil, "1023", 1023...1023),
    ("0-1023", nil, 0...1023), ("5-5", nil, 5...5), ("007-8", nil, 7...8),
    ("1000-1023", "0", 1000...1023), ("0-9", "1014", 1014...1023), ("0-0", "1023", 1023...1023),
  ])
  func autoTakesOneOfARange(
    _ range: String?, _ offset: String?, _ expected: ClosedRange<Int>
  ) throws {
    var settings: [Setting: String] = [.machineID: "auto", .stateDirectory: "/state"]
    settings[.machineIDRange] = range
    settings[.machineIDOffset] = offset
    #expect(try configuration(environment: settings).ids.machineIDs == expected)
    #expect(try configuration(flags: settings).ids.machineIDs == expected)
  }

  @Test(arguments: [
    "", "-", "5", "5-", "-5", "9-5", "0-1024", "1024-1024", "0-1-2", "0 - 9", "0..9", "a-b",
    "0-9 ", "+0-9", "0\u{2013}9", "0-99999999999999999999",
  ])
  func badRange(_ text: String) {
    let message =
      "MACHINE_ID_RANGE is \"\(text)\": two whole numbers from 0 to 1023 with a dash between them "
      + "are required, such as 0-99"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [
        .machineID: "auto", .stateDirectory: "/state", .machineIDRange: text,
      ])
    }
  }

  @Test func autoNeedsAStateDirectory() {
    let message =
      "\"auto\": that requires STATE_DIR or ETCD_ENDPOINTS, where processes can see each other"
    #expect(throws: ConfigurationError("MACHINE_ID is \(message)")) {
      try configuration(environment: [.machineID: "auto"])
    }
    #expect(throws: ConfigurationError("--machine-id is \(message)")) {
      try configuration(flags: [.machineID: "auto"])
    }
  }

  /// A range without `auto` has no effect: a machine ID that was chosen is not exchanged.
  @Test func rangeIsForAutoAlone() throws {
    let settings: [Setting: String] = [.machineID: "9", .machineIDRange: "0-3"]
    #expect(try configuration(environment: settings).ids.machineIDs == 9...9)
  }

  @Test func sumOfRangeAndOffsetIsOutOfRange() {
    let message =
      "MACHINE_ID_RANGE 9 and MACHINE_ID_OFFSET 1015 add up to 1024: at most 1023 is allowed"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [
        .machineID: "auto", .stateDirectory: "/state", .machineIDRange: "0-9",
        .machineIDOffset: "1015",
      ])
    }
  }
}
