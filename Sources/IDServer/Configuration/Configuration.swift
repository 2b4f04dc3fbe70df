import HTTP1
public import Logging
public import Reservations

/// The server's settings. They do not change while it runs.
public struct Configuration: Sendable {
  /// The machine ID, and where time is reserved.
  public var ids: IDConfiguration
  /// 0…65535; 0 is any free port.
  public var port: UInt16 = 8080
  /// A name or an address, or `nil` for all addresses of both families.
  public var host: String?
  /// Whether other processes that set this too may listen on the same port.
  public var sharesPort = false
  /// Whether the kernel holds a connection back until its client has sent data.
  public var defersAccept = true
  /// An inherited socket that is already bound; it replaces host and port.
  public var inheritedSocket: Int32?
  public var logLevel = Logger.Level.info
  public var logFormat = LogFormat.text
  /// Whether standard output gets a line for each request.
  public var hasAccessLog = false
  public var limits = Limits()

  /// Defaults for everything but the machine ID.
  public init(machineID: Int) {
    ids = IDConfiguration(machineID: machineID)
  }

  /// Reads and checks the settings; opens and binds nothing.
  ///
  /// - Parameters:
  ///   - flags: the values given on the command line.
  ///   - environment: returns the value of an environment variable, or `nil`.
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
    ids = try IDConfiguration(flags: flags, environment: environment)
    port = UInt16(try integer(.port, in: 0...65_535, default: Int(port)))
    sharesPort = try integer(.reusePort, in: 0...1, default: 0) == 1
    defersAccept = try integer(.deferAccept, in: 0...1, default: defersAccept ? 1 : 0) == 1
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

/// The format of the log's lines.
public enum LogFormat: String, CaseIterable, Sendable {
  /// Time, level and message, separated by spaces.
  case text
  /// A JSON object per line.
  case json
}

// MARK: - Settings of other commands

extension Configuration {
  /// The port of a running server, 1…65535.
  public static func clientPort(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> UInt16 {
    let value = SettingValue(.port, flags: flags, environment: environment)
    return UInt16(try value?.integer(in: 1...65_535) ?? 8080)
  }

  /// The name or address of a server on this machine.
  public static func clientHost(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> String {
    let value = SettingValue(.host, flags: flags, environment: environment)
    return try value?.nonEmpty("a host name or an address") ?? "127.0.0.1"
  }

  /// The value of `--count`, 1 or more; 1 by default.
  public static func count(flag: String?) throws(ConfigurationError) -> Int {
    try flag.map { SettingValue(name: "--count", text: $0) }?.integer(in: 1...Int.max) ?? 1
  }
}
