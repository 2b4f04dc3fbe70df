/// Consecutive IDs, made together with one timestamp.
public struct SnowflakeIDRun: Hashable, Sendable {
  /// The lowest ID.
  public let first: SnowflakeID
  /// The number of IDs, 1 or more.
  public let count: Int
  /// The difference between an ID and the next: 1 if the layout has the sequence lowest, else 2 to
  /// the power of the layout's ``SnowflakeLayout/machineIDBits``.
  public let step: UInt64
}

extension SnowflakeIDRun: Sequence {
  public func makeIterator() -> some IteratorProtocol<SnowflakeID> {
    (0..<UInt64(count)).lazy.map { SnowflakeID(unchecked: first.rawValue + $0 * step) }
      .makeIterator()
  }
}
