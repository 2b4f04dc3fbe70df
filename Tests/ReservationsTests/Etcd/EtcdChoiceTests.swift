import TestSupport
import Testing

@testable import Reservations

struct EtcdChoiceTests {
  /// The records of machine IDs 0…3: how far each limit is ahead, and its owner; `nil` for no
  /// record.
  typealias Standing = (ahead: Int64, owner: UInt64)

  @Test(
    arguments: [
      // The lowest first, whether new, released or past.
      ([nil, nil, nil, nil], [0, 1, 2, 3], [], 0),
      ([(-10_000, 9), nil, (-1, 0), (-9999, 9)], [0, 1, 2], [], 0),
      // If there is none: those whose limit has been past for less than the allowed clock skew.
      ([(-9999, 9), (900, 0), (1, 9), (0, 9)], [0, 3], [2], 0),
      // If there is none: those without an owner whose limit is ahead, the earliest first.
      ([(900, 0), (2, 0), (15_000, 0), (1, 0)], [3, 1, 0, 2], [], 0),
      ([(1, 9), (15_000, 9), (25_000, 9), nil], [3], [0, 1, 2], 0),
      // A clock was ahead by more than a lease window, or, with an owner, the clock skew in
      // addition.
      ([(15_001, 0), (25_001, 9), (3_600_000, 9), (25_000, 9)], [], [3], 3),
    ] as [([Standing?], [Int], [Int], Int)])
  func order(_ standing: [Standing?], _ free: [Int], _ held: [Int], _ passedOverCount: Int) {
    let choice = choice(standing)
    #expect(choice.candidates.inOrder.map(\.machineID) == free)
    #expect(choice.held.map(\.machineID) == held)
    #expect(choice.passedOver.count == passedOverCount)
    #expect(choice.own == nil)
  }

  /// A swap expects the record that was read, and the next owner begins at its limit.
  @Test func candidates() {
    let free = choice([nil, (-7, 0), (500, 0), nil]).candidates.inOrder
    #expect(free.map(\.expectation) == [.absent, .revision(2), .absent])
    let now = EtcdFixture().now.unixMilliseconds
    #expect(free.map(\.found.limit) == [epoch, now - 7, epoch])
  }

  @Test func own() {
    let choice = choice([(15_000, 1), nil, (15_000, 2), nil])
    #expect(choice.own?.machineID == 0)
    #expect(choice.candidates.inOrder.map(\.machineID) == [1, 3])
  }

  @Test func unreadable() {
    let fixture = EtcdFixture()
    let entry = EtcdEntry(
      key: [], value: Array("x".utf8), createRevision: 2, modRevision: 2, version: 1)
    let slot = EtcdSlot(entry, machineID: 0, name: "the key")
    let choice = EtcdChoice([0: slot], fixture.terms(0...1), fixture.store(), now: fixture.now)
    #expect(choice.candidates.inOrder.map(\.machineID) == [1])
    #expect(choice.passedOver.map { "\($0)".hasPrefix("the key") } == [true])
  }

  private func choice(_ standing: [Standing?]) -> EtcdChoice {
    let fixture = EtcdFixture()
    for (machineID, record) in standing.enumerated() {
      if let record { fixture.put(machineID, owner: record.owner, ahead: record.ahead) }
    }
    let store = fixture.store()
    let slots = fixture.wait { store.readSlots(of: nil, $0) }.flatMap { try? $0.get() }
    // Reading the records takes 2 ms, which the clocks here do not count.
    let now = ClockReading.example
    return EtcdChoice(slots?.slots ?? [:], fixture.terms(0...3), store, now: now)
  }
}

/// The machine IDs that can be claimed, of which there may be more than memory could list.
struct EtcdCandidatesTests {
  private static func recorded(_ machineID: Int) -> EtcdCandidate {
    EtcdCandidate(
      machineID: machineID, expectation: .revision(Int64(machineID)), found: .none)
  }

  /// With records at `present`, of which `free` can be claimed.
  @Test(
    arguments: [
      ([], []), ([0], []), ([0], [0]), ([9], []), ([3, 4, 7], [4]), ([0, 1, 8, 9], [0, 9]),
      (Array(0...9), []), (Array(0...9), [5]),
    ] as [([Int], [Int])])
  func eachIsFoundOnce(_ present: [Int], _ free: [Int]) {
    let candidates = EtcdCandidates(
      free.map(Self.recorded), absent: 0...9, except: present, epochUnixMilliseconds: epoch)
    let expected = (0...9).filter { !present.contains($0) || free.contains($0) }
    #expect(candidates.count == expected.count)
    #expect((0..<candidates.count).map { candidates[$0].machineID }.sorted() == expected)
    #expect(candidates.inOrder.map(\.machineID) == expected)
    for machineID in 0...9 {
      var others = candidates
      others.remove(machineID)
      #expect(others.inOrder.map(\.machineID) == expected.filter { $0 != machineID })
    }
  }

  /// As many as a layout can have, at once.
  @Test func aHugeRange() {
    let last = 1 << 61 - 1
    var candidates = EtcdCandidates(
      [Self.recorded(7)], absent: 0...last, except: [7, 9], epochUnixMilliseconds: epoch)
    #expect(candidates.count == last)
    #expect(candidates[candidates.count - 1].machineID == last)
    #expect(candidates.first?.machineID == 0)
    candidates.remove(last / 2)
    #expect(candidates.count == last - 1)
    #expect(candidates[candidates.count / 2].expectation == .absent)
  }
}

extension EtcdCandidates {
  /// The best first.
  fileprivate var inOrder: [EtcdCandidate] {
    var (rest, ordered) = (self, [EtcdCandidate]())
    while let first = rest.first {
      ordered.append(first)
      rest.remove(first.machineID)
    }
    return ordered
  }
}
