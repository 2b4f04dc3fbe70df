import HTTP1
import Logging
import Reservations
import Testing

@testable import IDServer

struct ConfigurationTests {
  // MARK: - Whole numbers

  /// A setting that is a whole number, and where its value goes.
  struct Number: Sendable {
    let setting: Setting
    let range: ClosedRange<Int>
    let value: @Sendable (Configuration) -> Int
    /// Why the range is what it is, where the message says so.
    var reason = ""
  }

  static let numbers = [
    Number(setting: .machineID, range: 0...1023, value: { $0.ids.machineIDs.lowerBound }),
    Number(
      setting: .clockTolerance, range: 0...60_000, value: { $0.ids.clockToleranceMilliseconds }),
    Number(setting: .port, range: 0...65_535, value: { Int($0.port) }),
    Number(
      setting: .maxConnections, range: 1...FileLimit.hard - 132,
      value: { $0.limits.connectionCount }, reason: " (the file limit allows no more)"),
    Number(
      setting: .maxTargetBytes, range: 16...65_536, value: { $0.limits.head.targetBytes }),
    Number(
      setting: .maxHeadBytes, range: 128...1_048_576, value: { $0.limits.head.headBytes }),
    Number(setting: .maxFields, range: 1...10_000, value: { $0.limits.head.fieldCount }),
    Number(setting: .maxBodyBytes, range: 0...1_073_741_824, value: { $0.limits.bodyBytes }),
    Number(setting: .maxQueuedBytes, range: 1...1_073_741_824, value: { $0.limits.queuedBytes }),
    Number(
      setting: .maxHeldBytes, range: 1_048_576...1_099_511_627_776, value: { $0.limits.heldBytes }),
    Number(
      setting: .headTimeout, range: 1...86_400_000,
      value: { $0.limits.headTimeoutMilliseconds }),
    Number(
      setting: .idleTimeout, range: 1...86_400_000,
      value: { $0.limits.idleTimeoutMilliseconds }),
    Number(
      setting: .drainTimeout, range: 0...86_400_000,
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
        "\"\(text)\": a whole number from \(number.range.lowerBound) to "
        + "\(number.range.upperBound) is required\(number.reason)"
      #expect(throws: ConfigurationError("\(number.setting.variable) is \(rest)")) {
        try configuration(environment: [number.setting: text])
      }
      #expect(throws: ConfigurationError("\(number.setting.flag) is \(rest)")) {
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
      try Configuration(flags: [:], environment: { _ in nil })
    }
  }

  @Test func host() throws {
    #expect(try configuration(environment: [.host: "localhost"]).host == "localhost")
    #expect(try configuration(flags: [.host: "::1"], environment: [.host: "x"]).host == "::1")
    let message = "is empty: a host name or an address is required"
    #expect(throws: ConfigurationError("HOST \(message)")) {
      try configuration(environment: [.host: ""])
    }
    #expect(throws: ConfigurationError("--host \(message)")) {
      try configuration(flags: [.host: ""])
    }
  }

  @Test(arguments: Logger.Level.allCases)
  func logLevel(_ level: Logger.Level) throws {
    #expect(try configuration(environment: [.logLevel: level.rawValue]).logLevel == level)
  }

  @Test(arguments: ["", "INFO", "verbose", " info", "1"])
  func badLogLevel(_ text: String) {
    let message =
      "LOG_LEVEL is \"\(text)\": one of trace, debug, info, notice, warning, error, critical "
      + "is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [.logLevel: text])
    }
  }

  @Test func logsAreText() throws {
    #expect(try configuration().logFormat == .text)
    #expect(try configuration(environment: [.logFormat: "json"]).logFormat == .json)
    #expect(throws: ConfigurationError("LOG_FORMAT is \"xml\": one of text, json is required")) {
      try configuration(environment: [.logFormat: "xml"])
    }
  }

  @Test func requestsAreLoggedOnlyIfAskedFor() throws {
    #expect(try !configuration().hasAccessLog)
    #expect(
      try !configuration(flags: [.accessLog: "0"], environment: [.accessLog: "1"]).hasAccessLog)
    #expect(try configuration(environment: [.accessLog: "1"]).hasAccessLog)
    let message = "ACCESS_LOG is \"yes\": a whole number from 0 to 1 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [.accessLog: "yes"])
    }
  }

  @Test func acceptIsDeferredUnlessSwitchedOff() throws {
    #expect(try configuration().defersAccept)
    #expect(
      try configuration(flags: [.deferAccept: "1"], environment: [.deferAccept: "0"]).defersAccept)
    #expect(try !configuration(environment: [.deferAccept: "0"]).defersAccept)
    let message = "DEFER_ACCEPT is \"on\": a whole number from 0 to 1 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [.deferAccept: "on"])
    }
  }

  @Test func portIsSharedOnlyIfAskedFor() throws {
    #expect(try !configuration().sharesPort)
    #expect(try configuration(environment: [.reusePort: "1"]).sharesPort)
    let message = "REUSE_PORT is \"2\": a whole number from 0 to 1 is required"
    #expect(throws: ConfigurationError(message)) {
      try configuration(environment: [.reusePort: "2"])
    }
  }

  // MARK: - Other commands

  @Test func clientPort() throws {
    func port(_ text: String?) throws -> UInt16 {
      try Configuration.clientPort(
        flags: [:], environment: { $0 == "PORT" ? text : nil })
    }
    #expect(try port(nil) == 8080)
    #expect(try port("1") == 1)
    #expect(try port("65535") == 65_535)
    for bad in ["0", "65536", "", "abc"] {
      let message = "PORT is \"\(bad)\": a whole number from 1 to 65535 is required"
      #expect(throws: ConfigurationError(message)) { try port(bad) }
    }
  }

  @Test func count() throws {
    #expect(try Configuration.count(flag: nil) == 1)
    #expect(try Configuration.count(flag: "9223372036854775807") == Int.max)
    for bad in ["0", "-1", "", "x", "9223372036854775808"] {
      let message =
        "--count is \"\(bad)\": a whole number from 1 to 9223372036854775807 is required"
      #expect(throws: ConfigurationError(message)) { try Configuration.count(flag: bad) }
    }
  }
}

/// A configuration with these settings, and machine ID 7 unless they have one.
func configuration(
  flags: [Setting: String] = [:], environment: [Setting: String] = [:]
) throws -> Configuration {
  let variables = Dictionary(
    uniqueKeysWithValues: environment.map { ($0.key.variable, $0.value) })
  return try Configuration(
    flags: flags, environment: { variables[$0] ?? ($0 == "MACHINE_ID" ? "7" : nil) })
}
