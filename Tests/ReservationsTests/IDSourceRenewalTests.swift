import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// Renewal at rest, for a store whose records expire unless their owner renews them.
struct IDSourceRenewalTests {
  static let now = ClockReading.example

  private func start(_ store: ScriptedStore) throws -> IDSource {
    store.policy.renewsAtRest = true
    return try IDSource(store, at: Self.now)
  }

  @Test func isRenewedAtRest() throws {
    let store = ScriptedStore()
    let source = try start(store)
    for (elapsed, wait, count) in [(0, 900, 1), (899, 1, 1), (900, 0, 2), (901, 0, 2)]
      as [(Int64, Int64, Int)]
    {
      let now = Self.now.later(elapsed, elapsed)
      #expect(source.millisecondsToRenewal(at: now) == wait)
      source.renewIfNeeded(at: now)
      #expect(store.renewals.count == count, "after \(elapsed) ms")
    }
    store.answer()
    #expect(source.millisecondsToRenewal(at: Self.now.later(901, 901)) == 899)
    #expect(store.renewals.last == Self.now.unixMilliseconds + 900 + 3000)
  }

  /// After a failure, the source retries at the interval that the store asks for.
  @Test func isTriedAgain() throws {
    let store = ScriptedStore()
    let source = try start(store)
    source.renewIfNeeded(at: Self.now.later(900, 900))
    store.answer(ScriptedStore.failure)
    #expect(source.millisecondsToRenewal(at: Self.now.later(901, 901)) == 200)
    for (elapsed, count) in [(1000, 2), (1099, 2), (1100, 3)] as [(Int64, Int)] {
      source.renewIfNeeded(at: Self.now.later(elapsed, elapsed))
      #expect(store.renewals.count == count)
    }
  }

  /// While the clock is not trusted, the limit follows the boot clock, so that no other process
  /// takes the machine ID. The recorded clock stays.
  @Test func aJumpDoesNotReserveTheFuture() throws {
    let store = ScriptedStore()
    let source = try start(store)
    let jumped = Self.now.later(86_400_000, 1000)
    source.renewIfNeeded(at: jumped)
    #expect(source.unavailability(at: jumped) == .clockJumped(milliseconds: 86_399_000))
    #expect(store.renewals == [Self.now.unixMilliseconds + 3000, Self.now.unixMilliseconds + 4000])
    #expect(store.reservations[1].clock == store.reservations[0].clock)
    store.answer()
    #expect(throws: IDUnavailable.clockJumped(milliseconds: 86_399_000)) {
      try source.nextRun(upTo: 1, at: jumped)
    }
  }
}
