/// Makes the IDs of one machine, each greater than the one before.
///
/// The generator is `~Copyable`: it has exactly one owner, so no copy of its state can repeat an
/// ID. As long as that owner stays on one thread, no lock is needed. To share one generator between
/// threads, put it in a `Mutex` (module `Synchronization`).
///
/// ```swift
/// var generator = try SnowflakeGenerator(machineID: 1)
/// let id = try generator.next()
/// ```
///
/// A call that throws leaves the generator unchanged.
public struct SnowflakeGenerator: ~Copyable, Sendable {
  /// The machine ID of every ID that this generator makes, 0…1023.
  public let machineID: Int

  /// How far the clock may be behind the last timestamp used, in milliseconds, 0 or more. Up to
  /// that, the generator makes IDs with the last timestamp; further behind, it throws
  /// `clockBehind`.
  public let clockToleranceMilliseconds: Int64

  /// The high-water mark: every timestamp used is below it. In milliseconds since the epoch,
  /// 0…2^41.
  ///
  /// A program that must not repeat an ID after a crash makes this limit durable before it uses the
  /// timestamps below it, and begins at the recorded limit the next time.
  public private(set) var timestampLimit: Int64

  /// The timestamp of the last ID made, in milliseconds since the epoch. Before the first it is the
  /// one before the start, used up.
  public private(set) var lastTimestamp: Int64
  private var lastSequence = SnowflakeID.maximumSequence

  /// A generator that has made no ID yet.
  ///
  /// Two generators must not have the same machine ID at the same time: give each process,
  /// container or thread that makes a generator a machine ID of its own.
  ///
  /// - Parameters:
  ///   - machineID: 0…1023.
  ///   - timestamps: the timestamps that it may use, in milliseconds since the epoch; what lies
  ///     outside 0…2^41 − 1 is cut off.
  ///   - clockToleranceMilliseconds: 0, the default, makes any step backward an error; a negative
  ///     value counts as 0.
  /// - Throws: ``MachineIDError`` if the machine ID is outside its range.
  public init(
    machineID: Int, timestamps: Range<Int64> = 0..<SnowflakeID.maximumTimestamp + 1,
    clockToleranceMilliseconds: Int64 = 0
  ) throws(MachineIDError) {
    guard 0...SnowflakeID.maximumMachineID ~= machineID else {
      throw MachineIDError(machineID: machineID)
    }
    self.machineID = machineID
    self.clockToleranceMilliseconds = max(0, clockToleranceMilliseconds)
    let allowed = timestamps.clamped(to: 0..<SnowflakeID.maximumTimestamp + 1)
    lastTimestamp = allowed.lowerBound - 1
    timestampLimit = allowed.upperBound
  }

  /// Raises ``timestampLimit``, to 2^41 at most. A lower value has no effect.
  ///
  /// - Parameter timestampLimit: milliseconds since the epoch.
  public mutating func extend(to timestampLimit: Int64) {
    let limit = min(timestampLimit, SnowflakeID.maximumTimestamp + 1)
    self.timestampLimit = max(self.timestampLimit, limit)
  }

  /// Makes the next ID at a time that the caller has read from the clock.
  ///
  /// It never waits and reads no clock: the result depends on the generator's state and on `now`
  /// alone.
  ///
  /// - Parameter now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Throws: ``GeneratorError``; the generator is unchanged.
  @inline(__always)
  public mutating func next(at now: Int64) throws(GeneratorError) -> SnowflakeID {
    try nextRun(upTo: 1, at: now).first
  }

  /// Makes up to `count` IDs in one call: fewer if this millisecond has fewer left.
  ///
  /// - Parameters:
  ///   - count: 1 or more; less counts as 1.
  ///   - now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Returns: 1…`count` IDs. If there are fewer, ask for the rest in the next millisecond.
  /// - Throws: ``GeneratorError``; the generator is unchanged.
  public mutating func nextRun(
    upTo count: Int, at now: Int64
  ) throws(GeneratorError) -> SnowflakeIDRun {
    let (timestamp, sequence) = try nextPlace(at: now)
    let runCount = min(max(count, 1), SnowflakeID.maximumSequence + 1 - sequence)
    lastTimestamp = timestamp
    lastSequence = sequence + runCount - 1
    let first = SnowflakeID(
      timestamp: timestamp,
      machineID: UInt64(truncatingIfNeeded: machineID),
      sequence: UInt64(truncatingIfNeeded: sequence))
    return SnowflakeIDRun(first: first, count: runCount)
  }

  /// Checks that ``next(at:)`` would make an ID, without making one.
  ///
  /// - Parameter now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Throws: the error that ``next(at:)`` would throw.
  public func check(at now: Int64) throws(GeneratorError) {
    _ = try nextPlace(at: now)
  }

  /// The timestamp and the sequence of the next ID.
  @inline(__always)
  private func nextPlace(
    at now: Int64
  ) throws(GeneratorError) -> (timestamp: Int64, sequence: Int) {
    let timestamp = try Self.timestamp(at: now)
    if timestamp > lastTimestamp {
      guard timestamp < timestampLimit else {
        throw .limitReached(
          unixMilliseconds: timestampLimit + SnowflakeID.epochUnixMilliseconds)
      }
      return (timestamp, 0)
    }
    guard lastTimestamp - timestamp <= clockToleranceMilliseconds else {
      throw .clockBehind(milliseconds: lastTimestamp - timestamp)
    }
    guard lastSequence < SnowflakeID.maximumSequence else {
      throw .sequenceExhausted(
        untilUnixMilliseconds: lastTimestamp + 1 + SnowflakeID.epochUnixMilliseconds)
    }
    return (lastTimestamp, lastSequence + 1)
  }

  /// Converts Unix time to milliseconds since the epoch. It compares before it subtracts, so no
  /// value can overflow.
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

/// Consecutive IDs, made together in one millisecond: each is its predecessor plus one.
public struct SnowflakeIDRun: Hashable, Sendable {
  /// The lowest ID.
  public let first: SnowflakeID
  /// The number of IDs, 1…4096.
  public let count: Int
}

extension SnowflakeIDRun: Sequence {
  public func makeIterator() -> some IteratorProtocol<SnowflakeID> {
    (0..<UInt64(count)).lazy.map { SnowflakeID(unchecked: first.rawValue + $0) }.makeIterator()
  }
}
