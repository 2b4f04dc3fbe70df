import Snowflake
import TestSupport

/// A clock that does everything a clock should not: stalls, steps, runs backward, leaves its range.
struct AdversarialClock {
  private enum Mood: CaseIterable { case stalling, ticking, jumping, steppingBack, trembling }

  private var now: Int64
  private var mood = Mood.stalling
  /// How many more readings the mood lasts: at first, for more than the IDs of one millisecond.
  private var remaining = 6000

  /// - Parameter start: in milliseconds since 1970.
  init(start: Int64) { now = start }

  /// Where a clock may begin: before, at and after both ends of the ID space, and in between.
  static let starts: [Int64] = [
    SnowflakeLayout.default.epochUnixMilliseconds - 20,
    SnowflakeLayout.default.epochUnixMilliseconds,
    1_769_689_174_499, SnowflakeLayout.default.lastUnixMilliseconds - 2000,
    SnowflakeLayout.default.lastUnixMilliseconds - 20,
  ]

  /// Readings for one call only, far outside.
  private static let excursions: [Int64] = [
    .min, .min + 1, -1, 0, SnowflakeLayout.default.epochUnixMilliseconds - 1,
    SnowflakeLayout.default.lastUnixMilliseconds + 1, .max - 1, .max,
  ]

  /// The next reading, in milliseconds since 1970.
  mutating func read(using random: inout SplitMix64) -> Int64 {
    if remaining == 0 {
      mood = Mood.allCases[Int.random(in: 0..<Mood.allCases.count, using: &random)]
      remaining = Int.random(in: 1...(mood == .stalling ? 10_000 : 200), using: &random)
    }
    remaining -= 1
    switch mood {
    case .stalling: break
    case .ticking: now += Int64.random(in: 0...1, using: &random)
    case .jumping: now += Int64.random(in: 0...50, using: &random)
    case .steppingBack: now -= Int64.random(in: 0...3, using: &random)
    case .trembling: now += Int64.random(in: -2...2, using: &random)
    }
    if random.next() % 512 == 0 {
      return Self.excursions[Int.random(in: 0..<Self.excursions.count, using: &random)]
    }
    return now
  }
}
