import TestSupport

/// Decides what happens next, always the same with the same seed.
final class Adversary {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// True once in `count` times.
  func oneIn(_ count: Int) -> Bool { random.next() % UInt64(count) == 0 }

  func pick(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &random) }
  func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  /// 1…`limit`; each order of magnitude is equally likely.
  func magnitude(upTo limit: Int64) -> Int64 {
    let bits = pick(0...Int64(Int64.bitWidth - limit.leadingZeroBitCount))
    return min(limit, pick(1...max(1, 1 << bits)))
  }

  /// One of the values, chosen by weight.
  func choose<Value>(_ weights: [(value: Value, weight: Int)], total: Int) -> Value {
    var rest = pick(0..<total)
    for (value, weight) in weights {
      if rest < weight { return value }
      rest -= weight
    }
    return weights[weights.count - 1].value
  }
}
