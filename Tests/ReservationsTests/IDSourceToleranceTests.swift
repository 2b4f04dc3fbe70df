import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// How far the clock may be behind, and the IDs that are made then.
struct IDSourceToleranceTests {
  static let now = ClockReading.example

  /// The timestamp before the start counts as used up, so the tolerance does not reach it.
  @Test func toleranceDoesNotReachBeforeTheStart() throws {
    let store = ScriptedStore(start: Self.now.unixMilliseconds + 5)
    let source = try IDSource(store, at: Self.now, toleranceMilliseconds: 10)
    for early in 0..<5 as Range<Int64> {
      #expect(throws: IDUnavailable.notYet) {
        try source.nextRun(upTo: 1, at: Self.now.later(early, early))
      }
    }
    let first = try source.nextRun(upTo: 1, at: Self.now.later(5, 5)).first
    #expect(first.unixMilliseconds == Self.now.unixMilliseconds + 5)
    #expect(first.sequence == 0)
  }

  @Test func toleranceUsesTheLastTimestamp() throws {
    let source = try IDSource(machineID: 1, clockToleranceMilliseconds: 10)
    var last = try source.nextRun(upTo: 1, at: Self.now).first
    for behind in [1, 10, 3, 0, 10] as [Int64] {
      let next = try source.nextRun(upTo: 1, at: Self.now.later(-behind, 0)).first
      #expect(next.rawValue == last.rawValue + 1)
      last = next
    }
    #expect(throws: IDUnavailable.clock(.clockBehind(milliseconds: 11))) {
      try source.nextRun(upTo: 1, at: Self.now.later(-11, 0))
    }
    #expect(try source.nextRun(upTo: 4096, at: Self.now.later(-10, 0)).count == 4090)
    #expect(throws: IDUnavailable.notYet) {
      try source.nextRun(upTo: 1, at: Self.now.later(-10, 0))
    }
    #expect(source.unavailability(at: Self.now.later(-10, 0)) == nil)
    #expect(try source.nextRun(upTo: 1, at: Self.now.later(1, 0)).first.sequence == 0)
  }

  /// How far the clock is behind when all IDs of the last timestamp are used up, and the answer. A
  /// request that would have to wait for longer than a tenth of a second is refused.
  @Test(
    arguments: [
      (0, .notYet), (99, .notYet), (100, .clock(.clockBehind(milliseconds: 100))),
      (8000, .clock(.clockBehind(milliseconds: 8000))),
      (60_000, .clock(.clockBehind(milliseconds: 60_000))),
    ] as [(Int64, IDUnavailable)])
  func aLongWaitIsRefused(_ behind: Int64, _ reason: IDUnavailable) throws {
    let source = try IDSource(machineID: 1, clockToleranceMilliseconds: 60_000)
    #expect(try source.nextRun(upTo: 4096, at: Self.now).count == 4096)
    let now = Self.now.later(-behind, 0)
    #expect(throws: reason) { try source.nextRun(upTo: 1, at: now) }
    #expect(source.unavailability(at: now) == (reason == .notYet ? nil : reason))
  }
}
