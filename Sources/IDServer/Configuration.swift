import HTTP1
public import Logging
import Snowflake

/// Everything that is fixed when the server starts.
public struct Configuration: Sendable {
  /// 0…1023.
  public var machineID: Int
  /// 0…65535; 0 is any free port.
  public var port: UInt16 = 8080
  /// A name or an address, or `nil` for all addresses of both families.
  public var host: String?
  /// A socket that is bound already, which then counts instead of host and port.
  public var inheritedSocket: Int32?
  public var logLevel = Logger.Level.info
  public var limits = Limits()

  /// With the default of everything but the machine ID.
  public init(machineID: Int) {
    self.machineID = machineID
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
    self.init(machineID: try Self.machineID(flags: flags, environment: environment))
    port = UInt16(try integer(.port, in: 0...65_535, default: Int(port)))
    inheritedSocket = try ServiceManager.inheritedSocket(environment: environment)
    if let host = value(.host) { self.host = try host.nonEmpty() }
    if let level = value(.logLevel) { logLevel = try level.choice(of: Logger.Level.self) }

    let connections = max(1, FileLimit.hard - Limits.reservedDescriptorCount)
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
    let timeouts = 1...86_400_000  // A day.
    limits.headTimeoutMilliseconds = try integer(
      .headTimeout, in: timeouts, default: limits.headTimeoutMilliseconds)
    limits.idleTimeoutMilliseconds = try integer(
      .idleTimeout, in: timeouts, default: limits.idleTimeoutMilliseconds)
    limits.drainTimeoutMilliseconds = try integer(
      .drainTimeout, in: 0...86_400_000, default: limits.drainTimeoutMilliseconds)
  }
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
          + "different for each process")
    }
    let machineID = try value.integer(in: 0...SnowflakeID.maximumMachineID)
    guard
      let offsetValue = SettingValue(.machineIDOffset, flags: flags, environment: environment)
    else { return machineID }
    let offset = try offsetValue.integer(in: 0...SnowflakeID.maximumMachineID)
    guard machineID + offset <= SnowflakeID.maximumMachineID else {
      throw ConfigurationError(
        "\(value.name) \(machineID) and \(offsetValue.name) \(offset) add up to "
          + "\(machineID + offset): at most \(SnowflakeID.maximumMachineID) is allowed")
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

  /// What `--count` says, 1 or more; 1 if it was not given.
  public static func count(flag: String?) throws(ConfigurationError) -> Int {
    try flag.map { SettingValue(name: "--count", text: $0) }?.integer(in: 1...Int.max) ?? 1
  }
}
