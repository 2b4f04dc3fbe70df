import Snowflake
import TestSupport
import Testing

/// The generator against a clock that does its worst, and beside a model of what it must answer.
struct AdversarialClockTests {
  /// 10^6 calls over all starts and machine IDs in debug, 10^7 in release.
  #if DEBUG
    static let livesPerStart = 4
  #else
    static let livesPerStart = 40
  #endif
  static let callsPerLife = 25_000

  struct Run: Equatable {
    let first: UInt64
    let count: Int
  }

  /// What a generator must remember, and nothing else.
  struct Model {
    let machineID: UInt64
    var timestamp: Int64 = -1
    var sequence: UInt64 = 0

    /// The answer by the contract, and only if it is an ID, a new state.
    mutating func next(at now: Int64) -> Result<UInt64, GeneratorError> {
      let epoch: Int64 = 1_704_067_200_000
      if now < epoch {
        return .failure(.clockBeforeEpoch(unixMilliseconds: now, epochUnixMilliseconds: epoch))
      }
      if now > epoch + 1 << 41 - 1 {
        return .failure(
          .clockPastMaximum(
            unixMilliseconds: now,
            lastUnixMilliseconds: SnowflakeLayout.default.lastUnixMilliseconds))
      }
      if now - epoch < timestamp {
        return .failure(.clockBehind(milliseconds: timestamp - (now - epoch)))
      }
      if now - epoch == timestamp, sequence == 4095 {
        return .failure(.sequenceExhausted(untilUnixMilliseconds: now + 1))
      }
      sequence = now - epoch == timestamp ? sequence + 1 : 0
      timestamp = now - epoch
      return .success(UInt64(timestamp) << 22 | machineID << 12 | sequence)
    }

    /// The same for several at once: the first ID, and how many there are.
    mutating func nextRun(upTo count: Int, at now: Int64) -> Result<Run, GeneratorError> {
      next(at: now).map { first in
        let runCount = min(count, 4096 - Int(sequence))
        sequence += UInt64(runCount - 1)
        return Run(first: first, count: runCount)
      }
    }
  }

  @Test(arguments: AdversarialClock.starts, [1, 1023])
  func generatorAgreesWithTheModel(_ start: Int64, _ machineID: Int) throws {
    var random = SplitMix64(seed: UInt64(start) &+ UInt64(machineID))
    var counts = Counts()
    for life in 0..<Self.livesPerStart {
      // Runs use a millisecond up so fast that without them other things happen.
      try live(
        from: start, machineID: machineID, longestRun: life % 2 == 0 ? 1 : 5000, using: &random,
        &counts)
    }
    #expect(counts.ids > 0)
    #expect(counts.sequenceExhausted > 0)
    #expect(counts.clockBehind > 0)
    #expect(counts.clockBeforeEpoch > 0)
    #expect(counts.clockPastMaximum > 0)
  }

  /// How often each outcome was seen: a test that never meets one proves nothing of it.
  struct Counts {
    var ids = 0
    var sequenceExhausted = 0
    var clockBehind = 0
    var clockBeforeEpoch = 0
    var clockPastMaximum = 0

    mutating func note(_ result: Result<Run, GeneratorError>) {
      switch result {
      case .success(let run): ids += run.count
      case .failure(.sequenceExhausted): sequenceExhausted += 1
      case .failure(.clockBehind): clockBehind += 1
      case .failure(.clockBeforeEpoch): clockBeforeEpoch += 1
      case .failure(.clockPastMaximum): clockPastMaximum += 1
      case .failure(.limitReached): Issue.record("a generator without a limit came to one")
      }
    }
  }

  private func live(
    from start: Int64, machineID: Int, longestRun: Int, using random: inout SplitMix64,
    _ counts: inout Counts
  ) throws {
    var generator = try SnowflakeGenerator(machineID: machineID)
    var model = Model(machineID: UInt64(machineID))
    var clock = AdversarialClock(start: start)
    var last: UInt64?
    var (millisecond, countInMillisecond) = (Int64.min, 0)
    for call in 0..<Self.callsPerLife {
      let now = clock.read(using: &random)
      // Mostly one by one, now and then a run.
      let count = random.next() % 64 == 0 ? Int.random(in: 1...longestRun, using: &random) : 1
      let result = Result { () throws(GeneratorError) in
        if count == 1 { return Run(first: try generator.next(at: now).rawValue, count: 1) }
        let run = try generator.nextRun(upTo: count, at: now)
        return Run(first: run.first.rawValue, count: run.count)
      }
      counts.note(result)
      guard result == model.nextRun(upTo: count, at: now) else {
        Issue.record("call \(call) at \(now): \(result), by the model \(model)")
        return
      }
      guard case .success(let run) = result else { continue }
      // What the model promises as well, said plainly.
      countInMillisecond = run.count + (now == millisecond ? countInMillisecond : 0)
      millisecond = now
      let end = run.first + UInt64(run.count)
      guard last.map({ $0 < run.first }) ?? true, end <= 1 << 63, countInMillisecond <= 4096
      else {
        Issue.record("call \(call) at \(now): \(run) after \(String(describing: last))")
        return
      }
      last = end - 1
    }
  }
}
