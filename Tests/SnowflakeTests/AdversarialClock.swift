import Snowflake
import TestSupport

/// A clock that does everything a clock should not: stalls, steps, runs backward, leaves its range.
struct AdversarialClock {
  private enum Mood: CaseIterable { case stalling, ticking, jumping, steppingBack, trembling }

  private var now: Int64
  private var mood = Mood.stalling
  /// How many more readings the mood lasts: at first, for more than the IDs of one millisecond.
  private var remaining = 6000

  private let unit: Int64
  private let excursions: [Int64]

  /// - Parameter start: in milliseconds since 1970.
  init(start: Int64, layout: SnowflakeLayout) {
    now = start
    unit = layout.unitMilliseconds
    // Readings for one call only, far outside.
    excursions = [
      .min, .min + 1, -1, 0, layout.epochUnixMilliseconds - 1, layout.lastUnixMilliseconds + 1,
      .max - 1, .max,
    ]
  }

  /// Where a clock may begin: before, at and after both ends of the ID space, and in between.
  static func starts(_ layout: SnowflakeLayout) -> [Int64] {
    let (epoch, last) = (layout.epochUnixMilliseconds, layout.lastUnixMilliseconds)
    let unit = layout.unitMilliseconds
    return [
      epoch - 20 * unit, epoch, min(epoch + 65_621_974_499, last), last - 2000 * unit,
      last - 20 * unit,
    ]
  }

  /// The next reading, in milliseconds since 1970.
  mutating func read(using random: inout SplitMix64) -> Int64 {
    if remaining == 0 {
      mood = Mood.allCases[Int.random(in: 0..<Mood.allCases.count, using: &random)]
      remaining = Int.random(in: 1...(mood == .stalling ? 10_000 : 200), using: &random)
    }
    remaining -= 1
    switch mood {
    case .stalling: break
    case .ticking: now += Int64.random(in: 0...unit, using: &random)
    case .jumping: now += Int64.random(in: 0...50 * unit, using: &random)
    case .steppingBack: now -= Int64.random(in: 0...3 * unit, using: &random)
    case .trembling: now += Int64.random(in: -2 * unit...2 * unit, using: &random)
    }
    if random.next() % 512 == 0 {
      return excursions[Int.random(in: 0..<excursions.count, using: &random)]
    }
    return now
  }
}
