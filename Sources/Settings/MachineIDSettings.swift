import IDServer

/// The settings of the machine ID. What they allow follows from the layout, so they are checked
/// when a configuration is made.
struct MachineIDSettings: Sendable {
  var machineID: Given<String>?
  var offset: Given<String>?
  var range: Given<String>?

  /// The maximum number of machine IDs of which `auto` takes one.
  static let maximumAutoCount = 65_536

  /// The machine IDs of which the process takes one, with the offset added.
  func machineIDs(
    in layout: LayoutSettings, hasStore: Bool
  ) throws(ConfigurationError) -> ClosedRange<Int> {
    let allowed = AllowedMachineIDs(layout)
    guard let machineID else {
      throw ConfigurationError(
        "MACHINE_ID is not set: \(allowed.required), different for each process, or auto with "
          + "STATE_DIR or ETCD_ENDPOINTS")
    }
    let fixed = machineID.value == "auto" ? nil : try allowed.number(machineID, or: ", or auto")
    let offset = try self.offset.map { given throws(ConfigurationError) in
      (name: given.name, value: try allowed.number(given))
    }
    let range = try self.range.map { given throws(ConfigurationError) in try allowed.range(given) }

    func addOffset(to number: Int, _ name: String) throws(ConfigurationError) -> Int {
      guard let offset else { return number }
      return try allowed.sum((name, number), offset)
    }
    if let fixed {
      let sum = try addOffset(to: fixed, machineID.name)
      return sum...sum
    }
    guard hasStore else {
      throw ConfigurationError(
        "\(machineID.name) is \"auto\": set STATE_DIR or ETCD_ENDPOINTS too, because auto claims a "
          + "machine ID there")
    }
    guard let range, let name = self.range?.name else {
      let first = try addOffset(to: 0, "machine ID")
      return first...min(allowed.numbers.upperBound, first + Self.maximumAutoCount - 1)
    }
    let last = try addOffset(to: range.upperBound, name)
    return last - (range.count - 1)...last
  }
}

/// The machine IDs that the layout allows, and the errors about others.
private struct AllowedMachineIDs {
  let numbers: ClosedRange<Int>
  /// What an error requires: a whole number in that range.
  let required: String
  /// The reason for the range, in brackets after a space; empty with the default layout.
  private let reason: String

  init(_ layout: LayoutSettings) {
    numbers = layout.machineIDs
    required = numbers.requirement(because: layout.rangeReason)
    reason = layout.rangeReason.map { " (\($0))" } ?? ""
  }

  /// A whole number.
  func number(_ given: Given<String>, or: String = "") throws(ConfigurationError) -> Int {
    guard let number = given.text.integer(in: numbers) else {
      throw given.text.error(required: required + or)
    }
    return number
  }

  /// Two whole numbers with a dash between them, the first not above the second.
  func range(_ given: Given<String>) throws(ConfigurationError) -> ClosedRange<Int> {
    let ends = given.value.split(separator: "-", omittingEmptySubsequences: false).map {
      SettingText(name: given.name, value: String($0)).integer(in: numbers)
    }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else {
      throw given.text.error(
        required: "two whole numbers from \(numbers.lowerBound) to \(numbers.upperBound) with a "
          + "dash between them, the lower one first, are required, such as "
          + "0-\(min(99, numbers.upperBound))\(reason)")
    }
    guard last - first < MachineIDSettings.maximumAutoCount else {
      throw given.text.error(
        required: "at most \(MachineIDSettings.maximumAutoCount) machine IDs are allowed")
    }
    return first...last
  }

  /// Adds `MACHINE_ID_OFFSET`, which keeps the machine IDs of several clusters apart.
  func sum(
    _ machineID: (name: String, value: Int), _ offset: (name: String, value: Int)
  ) throws(ConfigurationError) -> Int {
    let sum = machineID.value + offset.value
    guard numbers.contains(sum) else {
      throw ConfigurationError(
        "\(machineID.name) \(machineID.value) and \(offset.name) \(offset.value) add up to \(sum): "
          + "at most \(numbers.upperBound) is allowed\(reason)")
    }
    return sum
  }
}
