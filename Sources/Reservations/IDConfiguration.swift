public import Snowflake

/// The settings of every command that makes IDs: the layout, the machine ID, the store and the
/// clock's tolerance.
public struct IDConfiguration: Equatable, Sendable {
  /// The layout of the IDs.
  public var layout = SnowflakeLayout.default
  /// The sequence with which each timestamp begins.
  public var sequenceStart = SequenceStart.zero
  /// Every ID made is greater than this one, which another layout or service may have made; `nil`
  /// for no bound.
  public var after: SnowflakeID?
  /// The machine IDs of which the process takes one, each in the layout's range; usually there is
  /// only one.
  public var machineIDs: ClosedRange<Int>
  /// The store in which time is reserved durably; `nil` for none.
  public var store: StoreConfiguration?
  /// The lease window: how far ahead time is reserved, 1000…3 600 000; `nil` for the store's
  /// default.
  public var leaseWindowMilliseconds: Int64?
  /// How far the clock may be behind the last timestamp before that is an error, 0…60 000.
  public var clockToleranceMilliseconds = 10

  /// Defaults for everything but the machine ID.
  public init(machineID: Int) {
    machineIDs = machineID...machineID
  }
}
