/// A machine ID outside the layout's range.
public struct MachineIDError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number that is out of range.
  public let machineID: Int
  /// The greatest machine ID of the layout.
  public let maximum: Int

  public var description: String {
    "machine ID \(machineID) is out of range: 0 to \(maximum) is allowed"
  }
}
