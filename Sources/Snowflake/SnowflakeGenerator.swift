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

  /// How far the clock may be behind the last timestamp used before that is an error, in
  /// milliseconds, 0 or more. Until then, IDs go on being made on that timestamp.
  public let clockToleranceMilliseconds: Int64

  /// The timestamp that no ID reaches, in milliseconds since the epoch, 0…2^41.
  ///
  /// Whoever must not repeat an ID after a crash keeps a limit in a durable place, and begins there
  /// the next time.
  public private(set) var timestampLimit: Int64

  /// The timestamp of the last ID made, in milliseconds since the epoch. Before the first it is the
  /// one before the start, used up.
  public private(set) var lastTimestamp: Int64
  private var lastSequence = SnowflakeID.maximumSequence

  /// A generator that has made no ID yet.
  ///
  /// No two generators may have one machine ID at the same time: see to it that each process,
  /// container or thread that makes one has a number of its own.
  ///
  /// - Parameters:
  ///   - machineID: 0…1023.
  ///   - timestamps: those that it may use, in milliseconds since the epoch.
  ///   - clockToleranceMilliseconds: 0, the default, makes any step backward an error.
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

  /// Moves the limit on. It never moves back.
  public mutating func extend(to timestampLimit: Int64) {
    let limit = min(timestampLimit, SnowflakeID.maximumTimestamp + 1)
    self.timestampLimit = max(self.timestampLimit, limit)
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

  /// Whether an ID could be made now, without making one.
  ///
  /// - Parameter now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Throws: what ``next(at:)`` would.
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
  /// The least of them.
  public let first: SnowflakeID
  /// How many they are, 1…4096.
  public let count: Int
}

extension SnowflakeIDRun: Sequence {
  public func makeIterator() -> some IteratorProtocol<SnowflakeID> {
    (0..<UInt64(count)).lazy.map { SnowflakeID(unchecked: first.rawValue + $0) }.makeIterator()
  }
}
