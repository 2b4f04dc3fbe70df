import TestSupport
import Testing

@testable import IDServer

struct BufferBudgetTests {
  private final class Holder: BufferHolder {
    private var share = BufferBudget.Share()
    let budget: BufferBudget
    var isEvicted = false

    init(_ budget: BufferBudget) { self.budget = budget }

    func hold(_ byteCount: Int) { budget.update(share, of: self, to: byteCount) }

    func evict() { isEvicted = true }

    /// Its connection has closed, and another has come.
    func replace() {
      hold(0)
      (share, isEvicted) = (BufferBudget.Share(), false)
    }
  }

  @Test func evictsTheLargest() {
    let budget = BufferBudget(limitBytes: 100)
    let holders = (0..<4).map { _ in Holder(budget) }
    for (holder, byteCount) in zip(holders, [40, 10, 35, 15]) { holder.hold(byteCount) }
    #expect(!holders.contains { $0.isEvicted })
    holders[1].hold(11)
    #expect(holders.map(\.isEvicted) == [true, false, false, false])
    // Its memory is not free yet, but no longer a reason to evict another.
    #expect(budget.byteCount == 101)
    holders[1].hold(50)
    #expect(holders.map(\.isEvicted) == [true, false, false, false])
    holders[0].hold(0)
    #expect(budget.byteCount == 100)
  }

  @Test func thresholds() {
    let budget = BufferBudget(limitBytes: 100)
    let holder = Holder(budget)
    for (byteCount, isHalfUsed, isExhausted) in [
      (49, false, false), (50, true, false), (100, true, false), (149, true, false),
      (150, true, true),
    ] {
      holder.hold(byteCount)
      #expect(budget.isHalfUsed == isHalfUsed)
      #expect(budget.isExhausted == isExhausted)
    }
  }

  /// Random changes, evictions and closings, against a search through all holders.
  @Test(arguments: 0..<20 as Range<UInt64>) func agreesWithASearch(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let budget = BufferBudget(limitBytes: 9000)
    let holders = (0..<100).map { _ in Holder(budget) }
    var expected = [Int](repeating: 0, count: holders.count)
    for _ in 0..<2000 {
      let index = Int.random(in: holders.indices, using: &random)
      guard !holders[index].isEvicted else {
        holders[index].replace()
        expected[index] = 0
        continue
      }
      expected[index] = Bool.random(using: &random) ? 0 : Int.random(in: 1...400, using: &random)
      let before = holders.map(\.isEvicted)
      holders[index].hold(expected[index])
      var (living, evicted): ([Int], Set<Int>) = ([], [])
      for index in holders.indices where !before[index] { living.append(index) }
      while living.reduce(0, { $0 + expected[$1] }) > 9000,
        let largest = living.max(by: { expected[$0] < expected[$1] })
      {
        evicted.insert(expected[largest])
        living.removeAll { $0 == largest }
      }
      let now = Set(
        holders.indices.filter { holders[$0].isEvicted && !before[$0] }.map { expected[$0] })
      guard now == evicted, budget.byteCount == expected.reduce(0, +) else {
        Issue.record("evicted \(now), not \(evicted); \(budget.byteCount) bytes")
        return
      }
    }
  }
}
