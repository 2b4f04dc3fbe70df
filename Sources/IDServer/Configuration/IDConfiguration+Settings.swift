public import Reservations
import Snowflake

extension IDConfiguration {
  /// Reads and checks the settings; opens nothing.
  ///
  /// - Parameters:
  ///   - flags: the values given on the command line.
  ///   - environment: returns the value of an environment variable, or `nil`.
  public init(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) {
    func setting(_ setting: Setting) -> SettingValue? {
      SettingValue(setting, flags: flags, environment: environment)
    }
    if let value = setting(.machineID), value.text == "auto" {
      self.init(machineID: 0)
      machineIDs = try Self.machineIDRange(flags: flags, environment: environment)
      guard setting(.stateDirectory) != nil || setting(.etcdEndpoints) != nil else {
        throw ConfigurationError(
          "\(value.name) is \"auto\": that requires STATE_DIR or ETCD_ENDPOINTS, where processes "
            + "can see each other")
      }
    } else {
      self.init(machineID: try Self.machineID(flags: flags, environment: environment))
    }
    store = try StoreConfiguration(flags: flags, environment: environment)
    let windows =
      Int(
        ReservationPolicy.windowRange.lowerBound)...Int(
        ReservationPolicy.windowRange.upperBound)
    windowMilliseconds = try setting(.reservation).map { value throws(ConfigurationError) in
      Int64(try value.integer(in: windows))
    }
    clockToleranceMilliseconds =
      try setting(.clockTolerance)?.integer(in: 0...60_000) ?? clockToleranceMilliseconds
  }

  /// A fixed machine ID, 0…1023, with the offset added.
  private static func machineID(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> Int {
    guard let value = SettingValue(.machineID, flags: flags, environment: environment) else {
      throw ConfigurationError(
        "MACHINE_ID is not set: a whole number from 0 to 1023 is required, "
          + "different for each process, or auto with STATE_DIR or ETCD_ENDPOINTS")
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

  /// Adds `MACHINE_ID_OFFSET`, which keeps the machine IDs of several clusters apart.
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
}
