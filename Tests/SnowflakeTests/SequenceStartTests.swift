import Snowflake
import TestSupport
import Testing

/// How the sequence of a new timestamp begins, and what that does to the low bits of the IDs.
struct SequenceStartTests {
  /// How IDs are asked for: how many at a time, and the units of time until the next time.
  enum Rate: CaseIterable {
    case low, bursts, full

    func next(using random: inout SplitMix64) -> (count: Int, units: Int64) {
      switch self {
      case .low: (1, Int64.random(in: 1...50, using: &random))
      case .bursts:
        (Int.random(in: 1...40, using: &random), Int64.random(in: 1...50, using: &random))
      case .full: (.max, 1)
      }
    }
  }

  /// The first 16,000 IDs that a generator makes at this rate.
  private static func ids(
    _ start: SequenceStart, _ rate: Rate, _ layout: SnowflakeLayout = .default, seed: UInt64 = 1
  ) throws -> [UInt64] {
    var random = SplitMix64(seed: seed)
    var generator = try SnowflakeGenerator(machineID: 1, layout: layout, sequenceStart: start)
    var ids: [UInt64] = []
    var now: Int64 = 1_769_689_174_499
    while ids.count < 16_000 {
      let (count, units) = rate.next(using: &random)
      ids += try generator.nextRun(upTo: count, at: now).map(\.rawValue)
      now += units * layout.unitMilliseconds
    }
    return Array(ids.prefix(16_000))
  }

  /// Pearson's statistic of `id % divisor` against an even distribution.
  private static func chiSquare(_ ids: [UInt64], modulo divisor: Int) -> Double {
    var counts = [Int](repeating: 0, count: divisor)
    for id in ids { counts[Int(id % UInt64(divisor))] += 1 }
    let expected = Double(ids.count) / Double(divisor)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }

  /// The critical values at p = 0.001 with `divisor - 1` degrees of freedom.
  private static let critical = [2: 10.8, 4: 16.3, 8: 24.3, 16: 37.7]

  @Test(arguments: Rate.allCases, [2, 4, 8, 16])
  func carriedIsEven(_ rate: Rate, _ divisor: Int) throws {
    let critical = try #require(Self.critical[divisor])
    for layout in [SnowflakeLayout.default, .javascript] {
      let ids = try Self.ids(.carried, rate, layout)
      #expect(Self.chiSquare(ids, modulo: divisor) < critical)
    }
  }

  /// Otherwise there is nothing to mend. docs/LAYOUTS.md has these figures and the next.
  @Test(arguments: [
    (Rate.low, 2, 16_000), (.low, 4, 48_000), (.low, 8, 112_000), (.low, 16, 240_000),
    (.low, 32, 496_000), (.bursts, 16, 849), (.bursts, 32, 3024),
  ])
  func zeroIsNotEven(_ rate: Rate, _ divisor: Int, _ expected: Double) throws {
    let statistic = try Self.chiSquare(Self.ids(.zero, rate), modulo: divisor)
    #expect(statistic.rounded() == expected)
  }

  /// Four bits are carried and no more.
  @Test(arguments: [(Rate.low, 16_000), (.bursts, 686), (.full, 0)])
  func carriedDoesNotReachTheFifthBit(_ rate: Rate, _ expected: Double) throws {
    let statistic = try Self.chiSquare(Self.ids(.carried, rate), modulo: 32)
    #expect(statistic.rounded() == expected)
  }

  /// Better than by chance: the IDs of one generator take the remainders in turn, so no two of them
  /// are apart by more than one, and the next is known.
  @Test(arguments: Rate.allCases)
  func carriedTakesTheRemaindersInTurn(_ rate: Rate) throws {
    for seed in 0..<5 as Range<UInt64> {
      let ids = try Self.ids(.carried, rate, seed: seed)
      #expect(ids.enumerated().allSatisfy { $1 % 16 == UInt64($0 % 16) })
    }
  }

  /// So who takes every other ID sees even ones alone.
  @Test func everyOtherIDIsNotEven() throws {
    let ids = try Self.ids(.carried, .low).enumerated().filter { $0.offset % 2 == 0 }
    #expect(ids.allSatisfy { $0.element % 2 == 0 })
  }

  @Test(arguments: SequenceStart.allCases, Rate.allCases)
  func idsAscend(_ start: SequenceStart, _ rate: Rate) throws {
    for layout in SnowflakeLayout.presets.map(\.layout) {
      let ids = try Self.ids(start, rate, layout)
      #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
    }
  }

  // MARK: - Capacity

  /// After a timestamp that was used up, all IDs; after another, up to 15 fewer and at least one.
  @Test(arguments: 1...12)
  func capacity(_ sequenceBits: Int) throws {
    var random = SplitMix64(seed: UInt64(sequenceBits))
    let layout = try SnowflakeLayout(
      timestampBits: 41, machineIDBits: 1, sequenceBits: sequenceBits, epochUnixMilliseconds: 0)
    let all = layout.maximumSequence + 1
    var generator = try SnowflakeGenerator(machineID: 1, layout: layout, sequenceStart: .carried)
    var wasUsedUp = true
    var fewest = all
    for now in 0..<2000 as Range<Int64> {
      // All of every other timestamp, to see how many there are; some of the others.
      let isCounted = now % 2 == 1
      let wanted = isCounted ? all : Int.random(in: 1...all, using: &random)
      let count = try generator.nextRun(upTo: wanted, at: now).count
      if isCounted {
        #expect(count >= max(1, all - 15))
        #expect(!wasUsedUp || count == all)
        fewest = min(fewest, count)
      } else {
        #expect(count == wanted)
      }
      wasUsedUp = throwsExhausted(&generator, at: now)
    }
    #expect(fewest == max(1, all - 15))
  }

  private func throwsExhausted(_ generator: inout SnowflakeGenerator, at now: Int64) -> Bool {
    if case .failure(.sequenceExhausted) = Result(catching: { () throws(GeneratorError) in
      try generator.check(at: now)
    }) {
      true
    } else {
      false
    }
  }
}
