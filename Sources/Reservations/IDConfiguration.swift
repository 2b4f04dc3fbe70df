/// Whose IDs a process makes, and where it reserves time for them: what every command that makes IDs
/// has to know.
public struct IDConfiguration: Equatable, Sendable {
  /// The machine IDs of which one is taken, each 0…1023: usually one alone.
  public var machineIDs: ClosedRange<Int>
  /// Where time is reserved durably, or `nil` if nothing outlives the process.
  public var store: StoreConfiguration?
  /// How far ahead time is reserved, 1000…3 600 000; `nil` for the store's own.
  public var windowMilliseconds: Int64?
  /// How far the clock may be behind, in milliseconds, 0…60 000, before that is an error.
  public var clockToleranceMilliseconds = 10

  /// With the default of everything but the machine ID.
  public init(machineID: Int) {
    machineIDs = machineID...machineID
  }
}
