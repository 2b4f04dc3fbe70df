import HTTP1
public import Logging
import Snowflake

/// Everything that is fixed when the server starts.
public struct Configuration: Sendable {
  /// The machine IDs of which one is taken, each 0…1023: usually one alone.
  public var machineIDs: ClosedRange<Int>
  /// Where time is reserved durably, or `nil` if nothing outlives the process.
  public var stateDirectory: String?
  /// How far the clock may be behind, in milliseconds, 0…60 000, before that is an error.
  public var clockToleranceMilliseconds = 10
  /// 0…65535; 0 is any free port.
  public var port: UInt16 = 8080
  /// A name or an address, or `nil` for all addresses of both families.
  public var host: String?
  /// Whether other processes that say so too may listen on the same port.
  public var sharesPort = false
  /// A socket that is bound already, which then counts instead of host and port.
  public var inheritedSocket: Int32?
  public var logLevel = Logger.Level.info
  public var logFormat = LogFormat.text
  /// Whether standard output gets a line for each request.
  public var hasAccessLog = false
  public var limits = Limits()

  /// With the default of everything but the machine ID.
  public init(machineID: Int) {
    machineIDs = machineID...machineID
  }

  /// Reads and checks the settings: nothing is opened or bound.
  ///
  /// - Parameters:
  ///   - flags: what was given on the command line.
  ///   - environment: the value of an environment variable, or `nil`.
  public init(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) {
    func value(_ setting: Setting) -> SettingValue? {
      SettingValue(setting, flags: flags, environment: environment)
    }
    func integer(
      _ setting: Setting, in range: ClosedRange<Int>, default fallback: Int
    ) throws(ConfigurationError) -> Int {
      try value(setting)?.integer(in: range) ?? fallback
    }
    if let value = value(.machineID), value.text == "auto" {
      self.init(machineID: 0)
      machineIDs = try Self.machineIDRange(flags: flags, environment: environment)
      guard SettingValue(.stateDirectory, flags: flags, environment: environment) != nil else {
        throw ConfigurationError(
          "\(value.name) is \"auto\": that requires STATE_DIR, where processes can see each other")
      }
    } else {
      self.init(machineID: try Self.machineID(flags: flags, environment: environment))
    }
    if let directory = value(.stateDirectory) {
      stateDirectory = try directory.nonEmpty("a folder")
    }
    clockToleranceMilliseconds = try integer(
      .clockTolerance, in: 0...60_000, default: clockToleranceMilliseconds)
    port = UInt16(try integer(.port, in: 0...65_535, default: Int(port)))
    sharesPort = try integer(.reusePort, in: 0...1, default: 0) == 1
    inheritedSocket = try ServiceManager.inheritedSocket(environment: environment)
    if let host = value(.host) { self.host = try host.nonEmpty("a host name or an address") }
    if let level = value(.logLevel) { logLevel = try level.choice(of: Logger.Level.self) }
    if let format = value(.logFormat) { logFormat = try format.choice(of: LogFormat.self) }
    hasAccessLog = try integer(.accessLog, in: 0...1, default: 0) == 1

    let connections = max(
      1, FileLimit.hard - Limits.reservedDescriptorCount - Limits.refusedConnectionCount)
    limits.connectionCount =
      try value(.maxConnections)?.integer(
        in: 1...connections, because: "the file limit allows no more")
      ?? min(limits.connectionCount, connections)
    limits.head.targetBytes = try integer(
      .maxTargetBytes, in: 16...65_536, default: limits.head.targetBytes)
    limits.head.headBytes = try integer(
      .maxHeadBytes, in: 128...1_048_576, default: limits.head.headBytes)
    limits.head.fieldCount = try integer(
      .maxFields, in: 1...10_000, default: limits.head.fieldCount)
    limits.bodyBytes = try integer(
      .maxBodyBytes, in: 0...1_073_741_824, default: limits.bodyBytes)
    limits.queuedBytes = try integer(
      .maxQueuedBytes, in: 1...1_073_741_824, default: limits.queuedBytes)
    limits.heldBytes = try integer(
      .maxHeldBytes, in: 1_048_576...1_099_511_627_776, default: limits.heldBytes)
    let timeouts = 1...86_400_000  // A day.
    limits.headTimeoutMilliseconds = try integer(
      .headTimeout, in: timeouts, default: limits.headTimeoutMilliseconds)
    limits.idleTimeoutMilliseconds = try integer(
      .idleTimeout, in: timeouts, default: limits.idleTimeoutMilliseconds)
    limits.drainTimeoutMilliseconds = try integer(
      .drainTimeout, in: 0...86_400_000, default: limits.drainTimeoutMilliseconds)
  }
}

/// How a line of the log is written.
public enum LogFormat: String, CaseIterable, Sendable {
  /// For people.
  case text
  /// An object in each line, for programs.
  case json
}

// MARK: - Settings that other commands need

extension Configuration {
  /// The machine ID alone, 0…1023, with the offset that tells clusters apart added to it.
  public static func machineID(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> Int {
    guard let value = SettingValue(.machineID, flags: flags, environment: environment) else {
      throw ConfigurationError(
        "MACHINE_ID is not set: a whole number from 0 to 1023 is required, "
          + "different for each process, or auto with STATE_DIR")
    }
    let machineID = try value.integer(in: 0...SnowflakeID.maximumMachineID)
    return try offset(value.name, machineID, flags: flags, environment: environment)
  }

  /// The machine IDs of which `auto` takes one, with the offset added.
  private static func machineIDRange(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> ClosedRange<Int> {
    guard let value = SettingValue(.machineIDRange, flags: flags, environment: environment) else {
      let first = try offset("machine ID", 0, flags: flags, environment: environment)
      return first...SnowflakeID.maximumMachineID
    }
    let range = try value.range(in: 0...SnowflakeID.maximumMachineID)
    let last = try offset(value.name, range.upperBound, flags: flags, environment: environment)
    return range.lowerBound + last - range.upperBound...last
  }

  /// Adds the offset that tells clusters apart.
  private static func offset(
    _ name: String, _ machineID: Int, flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> Int {
    let maximum = SnowflakeID.maximumMachineID
    guard let value = SettingValue(.machineIDOffset, flags: flags, environment: environment)
    else { return machineID }
    let offset = try value.integer(in: 0...maximum)
    guard machineID + offset <= maximum else {
      throw ConfigurationError(
        "\(name) \(machineID) and \(value.name) \(offset) add up to \(machineID + offset): "
          + "at most \(maximum) is allowed")
    }
    return machineID + offset
  }

  /// The port of a server that is running, 1…65535.
  public static func clientPort(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> UInt16 {
    let value = SettingValue(.port, flags: flags, environment: environment)
    return UInt16(try value?.integer(in: 1...65_535) ?? 8080)
  }

  /// The name or address of a server that is running on this machine.
  public static func clientHost(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> String {
    let value = SettingValue(.host, flags: flags, environment: environment)
    return try value?.nonEmpty("a host name or an address") ?? "127.0.0.1"
  }

  /// What `--count` says, 1 or more; 1 if it was not given.
  public static func count(flag: String?) throws(ConfigurationError) -> Int {
    try flag.map { SettingValue(name: "--count", text: $0) }?.integer(in: 1...Int.max) ?? 1
  }
}
