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
    #expect(choice.candidates.map(\.machineID) == free)
    #expect(choice.held.map(\.machineID) == held)
    #expect(choice.passedOver.count == passedOverCount)
    #expect(choice.own == nil)
  }

  /// A swap expects the record that was read, and the next owner begins at its limit.
  @Test func candidates() {
    let free = choice([nil, (-7, 0), (500, 0), nil]).candidates
    #expect(free.map(\.expectation) == [.absent, .revision(2), .absent])
    let now = EtcdFixture().now.unixMilliseconds
    #expect(free.map(\.found.limit) == [epoch, now - 7, epoch])
  }

  @Test func own() {
    let choice = choice([(15_000, 1), nil, (15_000, 2), nil])
    #expect(choice.own?.machineID == 0)
    #expect(choice.candidates.map(\.machineID) == [1, 3])
  }

  @Test func unreadable() {
    let fixture = EtcdFixture()
    let entry = EtcdEntry(
      key: [], value: Array("x".utf8), createRevision: 2, modRevision: 2, version: 1)
    let slot = EtcdSlot(entry, machineID: 0, name: "the key")
    let choice = EtcdChoice([0: slot], fixture.terms(0...1), fixture.store(), now: fixture.now)
    #expect(choice.candidates.map(\.machineID) == [1])
    #expect(choice.passedOver.map { "\($0)".hasPrefix("the key") } == [true])
  }

  private func choice(_ standing: [Standing?]) -> EtcdChoice {
    let fixture = EtcdFixture()
    for (machineID, record) in standing.enumerated() {
      if let record { fixture.put(machineID, owner: record.owner, ahead: record.ahead) }
    }
    let store = fixture.store()
    let slots = fixture.wait { store.readSlots(0...3, $0) }.flatMap { try? $0.get() }
    // Reading the records takes 2 ms, which the clocks here do not count.
    let now = ClockReading.example
    return EtcdChoice(slots ?? [:], fixture.terms(0...3), store, now: now)
  }
}
