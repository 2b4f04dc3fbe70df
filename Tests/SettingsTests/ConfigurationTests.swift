import API
import HTTP1
import Logging
import Reservations
import Testing

@testable import IDServer
@testable import Settings

struct ConfigurationTests {
  // MARK: - Whole numbers

  /// A setting that is a whole number, and where its value goes.
  struct Number: Sendable {
    let setting: String
    let range: ClosedRange<Int>
    let value: @Sendable (Configuration) -> Int
    /// Why the range is what it is, where the message says so.
    var reason = ""
  }

  static let numbers = [
    Number(
      setting: "MACHINE_ID", range: 0...1023, value: { $0.ids.machineIDs.lowerBound },
      reason: ", or auto"),
    Number(
      setting: "CLOCK_TOLERANCE_MS", range: 0...60_000, value: { $0.ids.clockToleranceMilliseconds }
    ),
    Number(setting: "PORT", range: 0...65_535, value: { Int($0.port) }),
    Number(
      setting: "MAX_CONNECTIONS", range: 1...FileLimit.hard - 132,
      value: { $0.limits.connectionCount }, reason: " (the file limit allows no more)"),
    Number(
      setting: "MAX_TARGET_BYTES", range: 16...65_536, value: { $0.limits.head.targetBytes }),
    Number(
      setting: "MAX_HEAD_BYTES", range: 128...1_048_576, value: { $0.limits.head.headBytes }),
    Number(setting: "MAX_FIELDS", range: 1...10_000, value: { $0.limits.head.fieldCount }),
    Number(setting: "MAX_BODY_BYTES", range: 0...1_073_741_824, value: { $0.limits.bodyBytes }),
    Number(setting: "MAX_QUEUED_BYTES", range: 1...1_073_741_824, value: { $0.limits.queuedBytes }),
    Number(
      setting: "MAX_HELD_BYTES", range: 1_048_576...1_099_511_627_776,
      value: { $0.limits.heldBytes }),
    Number(
      setting: "HEAD_TIMEOUT_MS", range: 1...86_400_000,
      value: { $0.limits.headTimeoutMilliseconds }),
    Number(
      setting: "IDLE_TIMEOUT_MS", range: 1...86_400_000,
      value: { $0.limits.idleTimeoutMilliseconds }),
    Number(
      setting: "DRAIN_TIMEOUT_MS", range: 0...86_400_000,
      value: { $0.limits.drainTimeoutMilliseconds }),
  ]

  /// What is no whole number, whatever the range.
  static let malformed = [
    "", " ", "abc", "-1", "-0", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "1_000", "1,000", "1k",
    "\u{661}", "\u{FF11}", "9223372036854775808", "18446744073709551617",
    "99999999999999999999999999",
  ]

  /// Each is named as it was given: by its variable or by its flag.
  @Test(arguments: numbers)
  func badNumber(_ number: Number) {
    var bad = Self.malformed + ["\(number.range.upperBound + 1)"]
    if number.range.lowerBound > 0 { bad.append("\(number.range.lowerBound - 1)") }
    for text in bad {
      let rest =
        (text.isEmpty ? "empty" : "\"\(text)\"")
        + ": a whole number from \(number.range.lowerBound) to "
        + "\(number.range.upperBound) is required\(number.reason)"
      #expect(throws: ConfigurationError("\(number.setting) is \(rest)")) {
        try configuration(environment: [number.setting: text])
      }
      #expect(throws: ConfigurationError("\(flag(number.setting)) is \(rest)")) {
        try configuration(flags: [number.setting: text])
      }
    }
  }

  /// Both ends of the range go where they belong, and nowhere else.
  @Test(arguments: numbers)
  func goodNumber(_ number: Number) throws {
    let defaults = try configuration()
    for bound in [number.range.lowerBound, number.range.upperBound] {
      for configuration in [
        try configuration(environment: [number.setting: "\(bound)"]),
        try configuration(flags: [number.setting: "\(bound)"]),
        try configuration(
          flags: [number.setting: "\(bound)"], environment: [number.setting: "nonsense"]),
        try configuration(environment: [number.setting: "000\(bound)"]),
      ] {
        #expect(number.value(configuration) == bound)
        for other in Self.numbers where other.setting != number.setting {
          #expect(other.value(configuration) == other.value(defaults))
        }
      }
    }
  }

  // MARK: - Defaults and words

  @Test func defaults() throws {
    let configuration = try configuration()
    #expect(configuration.ids.machineIDs == 7...7)
    #expect(configuration.ids.store == nil)
    #expect(configuration.ids.clockToleranceMilliseconds == 10)
    #expect(configuration.port == 8080)
    #expect(configuration.host == nil)
    #expect(configuration.inheritedSocket == nil)
    #expect(configuration.logLevel == .info)
    var limits = Limits()
    limits.connectionCount = min(10_000, FileLimit.hard - 132)
    #expect(configuration.limits == limits)
  }

  @Test func machineIDIsRequired() {
    let message =
      "MACHINE_ID is not set: a whole number from 0 to 1023 is required, "
      + "different for each process, or auto with STATE_DIR or ETCD_ENDPOINTS"
    #expect(throws: ConfigurationError(message)) {
      try SettingValues([], flags: [:], environment: { _ in nil }).idConfiguration()
    }
  }

  @Test func host() throws {
    #expect(try configuration(environment: ["HOST": "localhost"]).host == "localhost")
    #expect(try configuration(flags: ["HOST": "::1"], environment: ["HOST": "x"]).host == "::1")
    let message = "is empty: a name or address is required"
    #expect(throws: ConfigurationError("HOST \(message)")) {
      try configuration(environment: ["HOST": ""])
    }
    #expect(throws: ConfigurationError("--host \(message)")) {
      try configuration(flags: ["HOST": ""])
    }
  }

  @Test(arguments: Logger.Level.allCases)
  func logLevel(_ level: Logger.Level) throws {
    #expect(try configuration(environment: ["LOG_LEVEL": level.rawValue]).logLevel == level)
  }

  @Test(arguments: ["INFO", "verbose", " info", "1"])
  func badLogLevel(_ text: String) {
    let message =
      "LOG_LEVEL is \"\(text)\": one of trace, debug, info, notice, warning, error, critical "
      + "is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["LOG_LEVEL": text])
    }
  }

  @Test func logsAreText() throws {
    #expect(try configuration().logFormat == .text)
    #expect(try configuration(environment: ["LOG_FORMAT": "json"]).logFormat == .json)
    #expect(throws: ConfigurationError("LOG_FORMAT is \"xml\": one of text, json is required")) {
      try configuration(environment: ["LOG_FORMAT": "xml"])
    }
  }

  @Test func requestsAreLoggedOnlyIfAskedFor() throws {
    #expect(try !configuration().hasAccessLog)
    #expect(
      try !configuration(flags: ["ACCESS_LOG": "0"], environment: ["ACCESS_LOG": "1"]).hasAccessLog)
    #expect(try configuration(environment: ["ACCESS_LOG": "1"]).hasAccessLog)
    let message = "ACCESS_LOG is \"yes\": 0 or 1 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["ACCESS_LOG": "yes"])
    }
  }

  @Test func acceptIsDeferredUnlessSwitchedOff() throws {
    #expect(try configuration().defersAccept)
    #expect(
      try configuration(flags: ["DEFER_ACCEPT": "1"], environment: ["DEFER_ACCEPT": "0"])
        .defersAccept)
    #expect(try !configuration(environment: ["DEFER_ACCEPT": "0"]).defersAccept)
    let message = "DEFER_ACCEPT is \"on\": 0 or 1 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["DEFER_ACCEPT": "on"])
    }
  }

  @Test func portIsSharedOnlyIfAskedFor() throws {
    #expect(try !configuration().sharesPort)
    #expect(try configuration(environment: ["REUSE_PORT": "1"]).sharesPort)
    let message = "REUSE_PORT is \"2\": 0 or 1 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: ["REUSE_PORT": "2"])
    }
  }

  @Test(
    arguments: [
      ("0", 0, 0, nil), ("9100", 9100, 9100, 9100), ("65535", 65_535, 65_535, 65_535),
      ("9100+", 9100, 65_535, nil), ("65535+", 65_535, 65_535, 65_535),
    ] as [(String, UInt16, UInt16, UInt16?)])
  func adminPort(_ text: String, _ first: UInt16, _ last: UInt16, _ number: UInt16?) throws {
    let port = try configuration(environment: ["ADMIN_PORT": text]).adminPort
    #expect(port == AdminPort(first: first, last: last))
    #expect(port?.number == number)
  }

  @Test(arguments: ["", "+", "0+", "65536", "9100++", "9100-9200", "-1", "+9100", "9100 +", "http"])
  func badAdminPort(_ text: String) {
    let message =
      text.isEmpty
      ? "ADMIN_PORT is empty" : "ADMIN_PORT is \(text.quoted)"
    #expect(
      throws: ConfigurationError(
        "\(message): a whole number from 0 to 65535, or such as 9100+, is required")
    ) {
      try configuration(environment: ["ADMIN_PORT": text])
    }
  }

  // MARK: - Other commands

  @Test func serverOfHealth() throws {
    func values(_ environment: [String: String]) throws -> SettingValues {
      try SettingValues(SettingGroup.server.settings, flags: [:]) { environment[$0] }
    }
    func address(_ environment: [String: String]) throws -> String {
      let address = try values(environment).healthAddress
      return "\(address.host) \(address.port)\(address.tls == nil ? "" : " TLS")"
    }
    let tls = ["TLS_CERTIFICATE_FILE": "/c", "TLS_KEY_FILE": "/k"]
    let admin = ["ADMIN_PORT": "9100"]
    #expect(try address([:]) == "127.0.0.1 8080")
    #expect(try address(["PORT": "1", "HOST": "::"]) == ":: 1")
    #expect(try address(tls) == "127.0.0.1 8080 TLS")
    #expect(try address(tls.merging(admin) { $1 }) == "127.0.0.1 9100")
    #expect(try address(["ADMIN_PORT": "9100+", "PORT": "65535"]) == "127.0.0.1 65535")
    #expect(try address(["ADMIN_PORT": "9100", "ADMIN_HOST": "::1", "HOST": "a"]) == "::1 9100")
    for bad in ["0", "65536", "x"] {
      let message = "PORT is \"\(bad)\": a whole number from 1 to 65535 is required"
      #expect(throws: ConfigurationError(message)) { try values(["PORT": bad]) }
    }
  }

  @Test func count() throws {
    func count(_ text: String?) throws -> Int {
      let flags = text.map { ["--count": $0] } ?? [:]
      return try SettingValues(SettingGroup.count.settings, flags: flags) { _ in "7" }.count
    }
    #expect(try count(nil) == 1)
    #expect(try count("9223372036854775807") == Int.max)
    for bad in ["0", "-1", "x", "9223372036854775808"] {
      let message =
        "--count is \"\(bad)\": a whole number from 1 to 9223372036854775807 is required"
      #expect(throws: ConfigurationError(message)) { try count(bad) }
    }
  }
}

/// A configuration with these settings, and machine ID 7 unless they have one.
///
/// - Parameter flags: by variable.
func configuration(
  flags: [String: String] = [:], environment: [String: String] = [:]
) throws -> Configuration {
  let flags = Dictionary(uniqueKeysWithValues: flags.map { (flag($0.key), $0.value) })
  let environment = { environment[$0] ?? ($0 == "MACHINE_ID" ? "7" : nil) }
  return try SettingValues(
    SettingGroup.serve.flatMap(\.settings), flags: flags, environment: environment
  )
  .serverConfiguration(environment: environment)
}

/// The flag of a variable: `--machine-id` of `MACHINE_ID`.
func flag(_ variable: String) -> String {
  "--" + variable.lowercased().replacing("_", with: "-")
}
