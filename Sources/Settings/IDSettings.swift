import IDServer
import Snowflake

/// The settings of the machine ID, each checked by itself.
struct IDSettings: Sendable {
  var machineID: Given<MachineID>?
  var offset: Given<Int>?
  var range: Given<ClosedRange<Int>>?

  /// The value of `MACHINE_ID`.
  enum MachineID: Sendable {
    /// A free one of a range.
    case auto
    /// 0…1023.
    case fixed(Int)
  }

  static let allowedMachineIDs = 0...SnowflakeLayout.default.maximumMachineID

  /// The machine IDs of which the process takes one, with the offset added.
  func machineIDs(hasStore: Bool) throws(ConfigurationError) -> ClosedRange<Int> {
    let allowed = Self.allowedMachineIDs
    guard let machineID else {
      throw ConfigurationError(
        "MACHINE_ID is not set: a whole number from \(allowed.lowerBound) to "
          + "\(allowed.upperBound) is required, different for each process, or auto with STATE_DIR "
          + "or ETCD_ENDPOINTS")
    }
    switch machineID.value {
    case .fixed(let number):
      let sum = try addOffset(to: number, machineID.name)
      return sum...sum
    case .auto:
      guard hasStore else {
        throw ConfigurationError(
          "\(machineID.name) is \"auto\": set STATE_DIR or ETCD_ENDPOINTS too, because auto claims a "
            + "machine ID there")
      }
      guard let range else { return try addOffset(to: 0, "machine ID")...allowed.upperBound }
      let last = try addOffset(to: range.value.upperBound, range.name)
      return last - (range.value.count - 1)...last
    }
  }

  /// Adds `MACHINE_ID_OFFSET`, which keeps the machine IDs of several clusters apart.
  private func addOffset(to machineID: Int, _ name: String) throws(ConfigurationError) -> Int {
    guard let offset else { return machineID }
    let sum = machineID + offset.value
    guard Self.allowedMachineIDs.contains(sum) else {
      throw ConfigurationError(
        "\(name) \(machineID) and \(offset.name) \(offset.value) add up to \(sum): "
          + "at most \(Self.allowedMachineIDs.upperBound) is allowed")
    }
    return sum
  }
}

extension SettingType where Value == IDSettings.MachineID {
  /// A whole number, or `auto`.
  static var machineID: Self {
    let number = SettingType<Int>.number(IDSettings.allowedMachineIDs)
    return Self(allowed: "\(number.allowed), auto") { text throws(ConfigurationError) in
      if text.value == "auto" { return .auto }
      guard let machineID = text.integer(in: IDSettings.allowedMachineIDs) else {
        throw text.error(
          required: "a whole number from \(IDSettings.allowedMachineIDs.lowerBound) to "
            + "\(IDSettings.allowedMachineIDs.upperBound) is required, or auto")
      }
      return .fixed(machineID)
    } format: {
      if case .fixed(let number) = $0 { "\(number)" } else { "auto" }
    }
  }
}

extension SettingType where Value == ClosedRange<Int> {
  /// Two whole numbers with a dash between them, the first not above the second.
  static func range(in allowed: ClosedRange<Int>) -> Self {
    Self(allowed: "first-last") { text throws(ConfigurationError) in
      let ends = text.value.split(separator: "-", omittingEmptySubsequences: false).map {
        SettingText(name: text.name, value: String($0)).integer(in: allowed)
      }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else {
        throw text.error(
          required: "two whole numbers from \(allowed.lowerBound) to \(allowed.upperBound) with a "
            + "dash between them, the lower one first, are required, such as 0-99")
      }
      return first...last
    } format: {
      "\($0.lowerBound)-\($0.upperBound)"
    }
  }
}
