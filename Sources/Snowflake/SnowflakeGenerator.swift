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
  /// The layout of every ID that this generator makes.
  public let layout: SnowflakeLayout

  /// The machine ID of every ID that this generator makes, 0 to the layout's maximum.
  public let machineID: Int

  /// The sequence with which each timestamp begins.
  public let sequenceStart: SequenceStart

  /// How far the clock may be behind the last timestamp used, in milliseconds, 0 or more. Up to
  /// that, the generator makes IDs with the last timestamp; further behind, it throws
  /// `clockBehind`.
  public let clockToleranceMilliseconds: Int64

  /// The high-water mark: every timestamp used begins before it. In milliseconds since 1970, a
  /// whole number of the layout's units after its epoch.
  ///
  /// A program that must not repeat an ID after a crash makes this limit durable before it uses the
  /// timestamps below it, and begins at the recorded limit the next time.
  public private(set) var limitUnixMilliseconds: Int64

  /// The first millisecond of the last ID's timestamp, since 1970. Before the first ID, it is that
  /// of the timestamp before the start, which counts as used up.
  public private(set) var lastUnixMilliseconds: Int64

  /// The first millisecond of the timestamp after the last ID's, since 1970. Before the first ID,
  /// it is the start.
  public private(set) var nextUnixMilliseconds: Int64

  /// The first ID of the last timestamp: that with sequence 0.
  private var base: SnowflakeID
  private var lastSequence: Int

  // What follows from the layout and the machine ID, so that no ID computes it again.
  private let epochUnixMilliseconds: Int64
  private let endUnixMilliseconds: Int64
  private let maximumSequence: Int
  /// The difference between an ID and the next of the same timestamp.
  private let step: UInt64
  /// The bits of the last sequence with which the next timestamp goes on.
  private let carriedBits: Int

  /// A generator that has made no ID yet.
  ///
  /// Two generators must not have the same machine ID at the same time: give each process,
  /// container or thread that makes a generator a machine ID of its own.
  ///
  /// - Parameters:
  ///   - machineID: 0 to the layout's ``SnowflakeLayout/maximumMachineID``.
  ///   - layout: the layout of its IDs.
  ///   - times: the times whose timestamps it may use, in milliseconds since 1970. Both ends are
  ///     rounded up to the layout's unit, and what lies outside the layout's time is cut off.
  ///   - clockToleranceMilliseconds: 0, the default, makes any step backward an error; a negative
  ///     value counts as 0.
  ///   - sequenceStart: the sequence with which each timestamp begins.
  /// - Throws: ``MachineIDError`` if the machine ID is outside its range.
  public init(
    machineID: Int, layout: SnowflakeLayout = .default,
    times: Range<Int64> = 0..<Int64.max, clockToleranceMilliseconds: Int64 = 0,
    sequenceStart: SequenceStart = .zero
  ) throws(MachineIDError) {
    guard 0...layout.maximumMachineID ~= machineID else {
      throw MachineIDError(machineID: machineID, maximum: layout.maximumMachineID)
    }
    self.layout = layout
    self.machineID = machineID
    self.sequenceStart = sequenceStart
    self.clockToleranceMilliseconds = max(0, clockToleranceMilliseconds)
    epochUnixMilliseconds = layout.epochUnixMilliseconds
    endUnixMilliseconds = layout.endUnixMilliseconds
    maximumSequence = layout.maximumSequence
    step = 1 << layout.sequenceShift
    carriedBits = sequenceStart.carriedBits(in: layout)
    nextUnixMilliseconds = layout.roundedUp(times.lowerBound)
    lastUnixMilliseconds = nextUnixMilliseconds - layout.unitMilliseconds
    base = layout.id(timestamp: 0, machineID: 0, sequence: 0)  // Not used before `begin(at:)`.
    lastSequence = maximumSequence
    limitUnixMilliseconds = layout.roundedUp(times.upperBound)
  }

  /// Raises ``limitUnixMilliseconds``, to the end of the layout's time at most. A lower value has
  /// no effect.
  ///
  /// - Parameter limit: milliseconds since 1970, rounded up to the layout's unit.
  public mutating func extend(to limit: Int64) {
    limitUnixMilliseconds = max(limitUnixMilliseconds, layout.roundedUp(limit))
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

  /// Makes up to `count` IDs in one call: fewer if this timestamp has fewer left.
  ///
  /// - Parameters:
  ///   - count: 1 or more; less counts as 1.
  ///   - now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Returns: 1…`count` IDs. If there are fewer, ask for the rest at
  ///   ``nextUnixMilliseconds``.
  /// - Throws: ``GeneratorError``; the generator is unchanged.
  public mutating func nextRun(
    upTo count: Int, at now: Int64
  ) throws(GeneratorError) -> SnowflakeIDRun {
    try check(at: now)
    var sequence = lastSequence &+ 1
    if now >= nextUnixMilliseconds {
      sequence &= carriedBits
      begin(at: now)
    }
    let runCount = min(max(count, 1), maximumSequence &+ 1 &- sequence)
    lastSequence = sequence &+ runCount &- 1
    let first = base.rawValue &+ UInt64(truncatingIfNeeded: sequence) &* step
    return SnowflakeIDRun(first: SnowflakeID(unchecked: first), count: runCount, step: step)
  }

  /// Begins the timestamp of this time.
  @inline(never)
  private mutating func begin(at now: Int64) {
    let timestamp = layout.timestamp(at: now)
    lastUnixMilliseconds = layout.unixMilliseconds(ofTimestamp: timestamp)
    nextUnixMilliseconds = lastUnixMilliseconds + layout.unitMilliseconds
    base = layout.id(timestamp: timestamp, machineID: UInt64(machineID), sequence: 0)
  }

  /// Checks that ``next(at:)`` would make an ID, without making one. It compares before it
  /// subtracts, so no value can overflow.
  ///
  /// - Parameter now: milliseconds since 1970-01-01T00:00:00Z.
  /// - Throws: the error that ``next(at:)`` would throw.
  @inline(__always)
  public func check(at now: Int64) throws(GeneratorError) {
    if now >= nextUnixMilliseconds {
      guard now < endUnixMilliseconds else {
        throw .clockPastMaximum(
          unixMilliseconds: now, lastUnixMilliseconds: endUnixMilliseconds - 1)
      }
      guard now < limitUnixMilliseconds else {
        throw .limitReached(unixMilliseconds: limitUnixMilliseconds)
      }
      return
    }
    guard now >= epochUnixMilliseconds else {
      throw .clockBeforeEpoch(
        unixMilliseconds: now, epochUnixMilliseconds: epochUnixMilliseconds)
    }
    guard lastUnixMilliseconds - now <= clockToleranceMilliseconds else {
      throw .clockBehind(milliseconds: lastUnixMilliseconds - now)
    }
    guard lastSequence < maximumSequence else {
      throw .sequenceExhausted(untilUnixMilliseconds: nextUnixMilliseconds)
    }
  }
}

extension SnowflakeLayout {
  /// The first millisecond of the first timestamp that does not begin before this time; at most the
  /// end of the layout's time.
  fileprivate func roundedUp(_ unixMilliseconds: Int64) -> Int64 {
    guard unixMilliseconds > epochUnixMilliseconds else { return epochUnixMilliseconds }
    guard unixMilliseconds <= lastUnixMilliseconds else { return endUnixMilliseconds }
    return self.unixMilliseconds(ofTimestamp: timestamp(at: unixMilliseconds - 1) + 1)
  }
}
