import API
public import IDServer
public import Reservations
public import Snowflake

/// The values of a command's settings, each checked by itself. What depends on several of them is
/// checked when a configuration is made from them.
public struct SettingValues: Sendable {
  /// The server's, but for the machine ID and the store.
  var server = Configuration(machineID: 0)
  var layout = LayoutSettings()
  var machineID = MachineIDSettings()
  var store = StoreSettings()
  var tls = TLSSettings()
  /// Where `health` looks for a server.
  var host = "127.0.0.1"
  var port = Configuration(machineID: 0).port
  var adminHost = "127.0.0.1"
  /// How many IDs `generate` makes.
  public internal(set) var count = 1
  /// Whether a command writes JSON.
  public internal(set) var isJSON = false

  static let defaults = SettingValues()

  private init() {
    server.limits.connectionCount = min(
      server.limits.connectionCount, FileLimit.maximumConnectionCount)
  }

  /// Reads and checks settings; opens nothing.
  ///
  /// - Parameters:
  ///   - settings: those of the command. Others are ignored.
  ///   - flags: the values given on the command line, by flag.
  ///   - environment: returns the value of an environment variable, or `nil`.
  public init(
    _ settings: [Setting], flags: [String: String], environment: (String) -> String?
  ) throws(ConfigurationError) {
    self = Self.defaults
    var given: [(setting: Setting, name: String)] = []
    for setting in settings {
      guard let text = SettingText(setting, flags: flags, environment: environment) else {
        continue
      }
      try setting.store(text, &self)
      given.append((setting, text.name))
    }
    for (setting, name) in given {
      for variable in setting.requires
      where !given.contains(where: { $0.setting.variable == variable }) {
        throw ConfigurationError(
          "\(name) has no effect without \(variable): set both or neither")
      }
    }
  }

  /// Where `health` sends its request: to the port for operators, if its number is set. That port
  /// answers while the other one has all the connections that it may have.
  public var healthAddress: HealthAddress {
    if let port = server.adminPort?.number {
      HealthAddress(host: adminHost, port: port)
    } else {
      HealthAddress(host: host, port: port, tls: tls.configuration)
    }
  }

  /// A port that serves `/health`.
  public struct HealthAddress: Equatable, Sendable {
    public var host: String
    public var port: UInt16
    /// `nil` if it is served without TLS.
    public var tls: TLSConfiguration?
  }

  /// The configuration of `generate`.
  public func idConfiguration() throws(ConfigurationError) -> IDConfiguration {
    var configuration = server.ids
    configuration.layout = try idLayout()
    configuration.sequenceStart = try layout.checkedSequenceStart()
    configuration.machineIDs = try machineID.machineIDs(in: layout, hasStore: store.isGiven)
    configuration.store = try store.configuration()
    return configuration
  }

  /// The layout of the IDs.
  public func idLayout() throws(ConfigurationError) -> SnowflakeLayout {
    try layout.checkedLayout(at: WallClock.now().unixMilliseconds)
  }

  /// The configuration of `serve`.
  ///
  /// - Parameter environment: describes a socket that the process has inherited.
  public func serverConfiguration(
    environment: (String) -> String?
  ) throws(ConfigurationError) -> Configuration {
    var configuration = server
    configuration.ids = try idConfiguration()
    configuration.tls = tls.configuration
    configuration.inheritedSocket = try ServiceManager.inheritedSocket(environment: environment)
    return configuration
  }

  /// The store, for a command that requires one.
  public func requiredStore() throws(ConfigurationError) -> StoreConfiguration {
    guard let store = try store.configuration() else {
      throw ConfigurationError(
        "set STATE_DIR or ETCD_ENDPOINTS as the servers do: `machines` lists what is in their store"
      )
    }
    return store
  }
}
