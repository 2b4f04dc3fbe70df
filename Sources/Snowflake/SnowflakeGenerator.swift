/// Makes the IDs of one machine, each greater than the one before.
///
/// The generator is `~Copyable`: it has exactly one owner, so nobody can fork its state and repeat
/// an ID, and no lock is needed as long as that owner stays on one thread. To share one between
/// threads, put it in a `Mutex` (module `Synchronization`).
///
/// ```swift
/// var generator = try SnowflakeGenerator(machineID: 1)
/// let id = try generator.next()
/// ```
///
/// A call that throws leaves the generator as it was.
public struct SnowflakeGenerator: ~Copyable, Sendable {
  /// 0…1023.
  public let machineID: Int

  /// The timestamp of the last ID made, in milliseconds since the epoch; −1 before the first.
  private var lastTimestamp: Int64 = -1
  private var lastSequence = 0

  /// A generator that has made no ID yet.
  ///
  /// No two generators may have one machine ID at the same time: see to it that each process,
  /// container or thread that makes one has a number of its own.
  ///
  /// - Parameter machineID: 0…1023.
  /// - Throws: ``MachineIDError`` if it is outside that range.
  public init(machineID: Int) throws(MachineIDError) {
    guard 0...SnowflakeID.maximumMachineID ~= machineID else {
      throw MachineIDError(machineID: machineID)
    }
    self.machineID = machineID
  }

  /// Makes the next ID at a time that the caller has read from the clock.
  ///
  /// It never waits and reads no clock: what it returns depends on its state and on `now` alone.
  ///
  /// - Parameter now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Throws: ``GeneratorError``; the generator stays as it was.
  @inline(__always)
  public mutating func next(at now: Int64) throws(GeneratorError) -> SnowflakeID {
    try nextRun(upTo: 1, at: now).first
  }

  /// Makes up to `count` IDs at once: as many of them as this millisecond still has.
  ///
  /// - Parameters:
  ///   - count: 1 or more.
  ///   - now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Returns: 1…`count` IDs. If there are fewer, ask for the rest in the next millisecond.
  /// - Throws: ``GeneratorError``; the generator stays as it was.
  public mutating func nextRun(
    upTo count: Int, at now: Int64
  ) throws(GeneratorError) -> SnowflakeIDRun {
    let timestamp = try Self.timestamp(at: now)
    let sequence: Int
    if timestamp > lastTimestamp {
      sequence = 0
    } else if timestamp < lastTimestamp {
      throw .clockBehind(milliseconds: lastTimestamp - timestamp)
    } else if lastSequence < SnowflakeID.maximumSequence {
      sequence = lastSequence + 1
    } else {
      throw .sequenceExhausted(untilUnixMilliseconds: now + 1)
    }
    let runCount = min(max(count, 1), SnowflakeID.maximumSequence + 1 - sequence)
    lastTimestamp = timestamp
    lastSequence = sequence + runCount - 1
    let first = SnowflakeID(
      timestamp: timestamp,
      machineID: UInt64(truncatingIfNeeded: machineID),
      sequence: UInt64(truncatingIfNeeded: sequence))
    return SnowflakeIDRun(first: first, count: runCount)
  }

  /// Unix time to the format's time, compared before it is subtracted: no value can overflow.
  private static func timestamp(at now: Int64) throws(GeneratorError) -> Int64 {
    guard now >= SnowflakeID.epochUnixMilliseconds else {
      throw .clockBeforeEpoch(unixMilliseconds: now)
    }
    let timestamp = now - SnowflakeID.epochUnixMilliseconds
    guard timestamp <= SnowflakeID.maximumTimestamp else {
      throw .clockPastMaximum(unixMilliseconds: now)
    }
    return timestamp
  }
}

/// IDs that were made together: of one millisecond, their sequences one after another, so that each
/// is its predecessor plus one.
public struct SnowflakeIDRun: Hashable, Sendable {
  public let first: SnowflakeID
  /// 1…4096.
  public let count: Int
}

extension SnowflakeIDRun: Sequence {
  public func makeIterator() -> some IteratorProtocol<SnowflakeID> {
    (0..<UInt64(count)).lazy.map { SnowflakeID(unchecked: first.rawValue + $0) }.makeIterator()
  }
}
