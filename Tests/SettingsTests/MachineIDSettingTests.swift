import Reservations
import Testing

@testable import IDServer
@testable import Settings

@Suite struct MachineIDSettingTests {
  // MARK: - The machine ID's offset

  @Test(arguments: [("0", "0", 0), ("3", "0", 3), ("3", "512", 515), ("0", "1023", 1023)])
  func offset(_ machineID: String, _ offset: String, _ expected: Int) throws {
    let settings: [String: String] = ["MACHINE_ID": machineID, "MACHINE_ID_OFFSET": offset]
    #expect(try configuration(environment: settings).ids.machineIDs == expected...expected)
    #expect(try configuration(flags: settings).ids.machineIDs == expected...expected)
  }

  @Test func sumIsOutOfRange() {
    let message =
      "--machine-id 1000 and MACHINE_ID_OFFSET 24 add up to 1024: at most 1023 is allowed"
    #expect(throws: ConfigurationError(message)) {
      try configuration(flags: ["MACHINE_ID": "1000"], environment: ["MACHINE_ID_OFFSET": "24"])
    }
  }

  @Test(arguments: ConfigurationTests.malformed + ["1024"])
  func badOffset(_ text: String) {
    let value = text.isEmpty ? "empty" : "\"\(text)\""
    let message = "MACHINE_ID_OFFSET is \(value): a whole number from 0 to 1023 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["MACHINE_ID_OFFSET": text])
    }
  }

  // MARK: - State, and the machine ID by itself

  @Test func stateDirectory() throws {
    #expect(
      try configuration(environment: ["STATE_DIR": "/state"]).ids.store
        == .file(directory: "/state"))
    #expect(
      try configuration(flags: ["STATE_DIR": "a b"], environment: ["STATE_DIR": "/state"])
        .ids.store == .file(directory: "a b"))
    #expect(throws: ConfigurationError("STATE_DIR is empty: a folder is required")) {
      try configuration(environment: ["STATE_DIR": ""])
    }
    #expect(throws: ConfigurationError("--state-dir is empty: a folder is required")) {
      try configuration(flags: ["STATE_DIR": ""])
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
    var settings: [String: String] = ["MACHINE_ID": "auto", "STATE_DIR": "/state"]
    settings["MACHINE_ID_RANGE"] = range
    settings["MACHINE_ID_OFFSET"] = offset
    #expect(try configuration(environment: settings).ids.machineIDs == expected)
    #expect(try configuration(flags: settings).ids.machineIDs == expected)
  }

  @Test(arguments: [
    "-", "5", "5-", "-5", "9-5", "0-1024", "1024-1024", "0-1-2", "0 - 9", "0..9", "a-b",
    "0-9 ", "+0-9", "0\u{2013}9", "0-99999999999999999999",
  ])
  func badRange(_ text: String) {
    let message =
      "MACHINE_ID_RANGE is \"\(text)\": two whole numbers from 0 to 1023 with a dash between "
      + "them, the lower one first, are required, such as 0-99"
    for machineID in ["auto", "5"] {  // Also where it has no effect.
      #expect(throws: ConfigurationError(message)) {
        try configuration(environment: [
          "MACHINE_ID": machineID, "STATE_DIR": "/state", "MACHINE_ID_RANGE": text,
        ])
      }
    }
  }

  @Test func autoNeedsAStateDirectory() {
    let message =
      "\"auto\": set STATE_DIR or ETCD_ENDPOINTS too, because auto claims a machine ID there"
    #expect(throws: ConfigurationError("MACHINE_ID is \(message)")) {
      try configuration(environment: ["MACHINE_ID": "auto"])
    }
    #expect(throws: ConfigurationError("--machine-id is \(message)")) {
      try configuration(flags: ["MACHINE_ID": "auto"])
    }
  }

  /// A range without `auto` has no effect: a machine ID that was chosen is not exchanged.
  @Test func rangeIsForAutoAlone() throws {
    let settings: [String: String] = ["MACHINE_ID": "9", "MACHINE_ID_RANGE": "0-3"]
    #expect(try configuration(environment: settings).ids.machineIDs == 9...9)
  }

  @Test func sumOfRangeAndOffsetIsOutOfRange() {
    let message =
      "MACHINE_ID_RANGE 9 and MACHINE_ID_OFFSET 1015 add up to 1024: at most 1023 is allowed"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [
        "MACHINE_ID": "auto", "STATE_DIR": "/state", "MACHINE_ID_RANGE": "0-9",
        "MACHINE_ID_OFFSET": "1015",
      ])
    }
  }
}
