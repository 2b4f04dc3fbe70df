import Snowflake
import TestSupport
import Testing

/// The generator against a clock that does its worst, and beside a model of what it must answer.
struct AdversarialClockTests {
  /// 10^6 calls over all starts and machine IDs in debug, 10^7 in release; as many again over
  /// random layouts.
  #if DEBUG
  static let livesPerStart = 4
  static let layoutCount = 40
  #else
  static let livesPerStart = 40
  static let layoutCount = 400
  #endif
  static let callsPerLife = 25_000

  typealias Run = GeneratorModel.Run

  @Test(arguments: AdversarialClock.starts(.default), [1, 1023])
  func generatorAgreesWithTheModel(_ start: Int64, _ machineID: Int) throws {
    var random = SplitMix64(seed: UInt64(start) &+ UInt64(machineID))
    var counts = Counts()
    for life in 0..<Self.livesPerStart {
      // Runs use a millisecond up so fast that without them other things happen.
      try live(
        GeneratorModel(layout: .default, machineID: UInt64(machineID)), from: start,
        calls: Self.callsPerLife, longestRun: life % 2 == 0 ? 1 : 5000, using: &random, &counts)
    }
    counts.expectAll()
  }

  /// In layouts of all kinds, with any tolerance, and with both starts of the sequence.
  @Test(arguments: SequenceStart.allCases)
  func generatorOfAnyLayoutAgreesWithTheModel(_ start: SequenceStart) throws {
    var random = SplitMix64(seed: start == .zero ? 1 : 2)
    var counts = Counts()
    for index in 0..<Self.layoutCount {
      // Sequences that calls can use up.
      let layout = SnowflakeLayout.random(sequenceBits: 1...12, using: &random)
      for clockStart in AdversarialClock.starts(layout) {
        var model = GeneratorModel(
          layout: layout,
          machineID: UInt64(Int.random(in: 0...layout.maximumMachineID, using: &random)))
        model.tolerance = [0, 1, 10, 60_000][index % 4]
        model.start = start
        try live(
          model, from: clockStart, calls: Self.callsPerLife / 10,
          longestRun: index % 2 == 0 ? 3 : 2 * layout.maximumSequence, using: &random, &counts)
      }
    }
    counts.expectAll()
  }

  /// How often each outcome was seen: a test that never meets one proves nothing of it.
  struct Counts {
    var ids = 0
    var sequenceExhausted = 0
    var clockBehind = 0
    var clockBeforeEpoch = 0
    var clockPastMaximum = 0

    mutating func record(_ result: Result<Run, GeneratorError>) {
      switch result {
      case .success(let run): ids += run.count
      case .failure(.sequenceExhausted): sequenceExhausted += 1
      case .failure(.clockBehind): clockBehind += 1
      case .failure(.clockBeforeEpoch): clockBeforeEpoch += 1
      case .failure(.clockPastMaximum): clockPastMaximum += 1
      case .failure(.limitReached): Issue.record("a generator without a limit came to one")
      }
    }

    func expectAll() {
      #expect(ids > 0)
      #expect(sequenceExhausted > 0)
      #expect(clockBehind > 0)
      #expect(clockBeforeEpoch > 0)
      #expect(clockPastMaximum > 0)
    }
  }

  private func live(
    _ newModel: GeneratorModel, from start: Int64, calls: Int, longestRun: Int,
    using random: inout SplitMix64, _ counts: inout Counts
  ) throws {
    var model = newModel
    let layout = model.layout
    var generator = try SnowflakeGenerator(
      machineID: Int(model.machineID), layout: layout,
      clockToleranceMilliseconds: model.tolerance, sequenceStart: model.start)
    var clock = AdversarialClock(start: start, layout: layout)
    var last: UInt64?
    var (timestamp, countInTimestamp) = (Int64.min, 0)
    for call in 0..<calls {
      let now = clock.read(using: &random)
      // Mostly one by one, now and then a run.
      let count = random.next() % 64 == 0 ? Int.random(in: 1...longestRun, using: &random) : 1
      let result = Result { () throws(GeneratorError) in
        if count == 1 { return Run(first: try generator.next(at: now).rawValue, count: 1) }
        let run = try generator.nextRun(upTo: count, at: now)
        return Run(first: run.first.rawValue, count: run.count)
      }
      counts.record(result)
      guard result == model.nextRun(upTo: count, at: now) else {
        Issue.record("\(layout), call \(call) at \(now): \(result), by the model \(model)")
        return
      }
      guard case .success(let run) = result else { continue }
      // What the model promises as well, said plainly.
      countInTimestamp = run.count + (model.timestamp == timestamp ? countInTimestamp : 0)
      timestamp = model.timestamp
      let step: UInt64 = layout.order == .machineIDFirst ? 1 : 1 << UInt64(layout.machineIDBits)
      let end = run.first + UInt64(run.count - 1) * step
      guard last.map({ $0 < run.first }) ?? true, end <= layout.maximumID.rawValue,
        countInTimestamp <= layout.maximumSequence + 1
      else {
        Issue.record("\(layout), call \(call) at \(now): \(run) after \(String(describing: last))")
        return
      }
      last = end
    }
  }
}
