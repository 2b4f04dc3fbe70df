import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// A source reserves time before it uses it, and makes no ID outside of its reservation.
struct IDSourceTests {
  static let now = ClockReading.example
  static let window: Int64 = 3000

  // MARK: - Starting

  /// Where the claim begins, and the limit that is requested, both relative to the clock.
  @Test(
    arguments: [
      (-65_621_974_499, 3000), (-1, 3000), (0, 3000), (1, 3000), (2999, 3000), (3000, 3000),
    ] as [(Int64, Int64)])
  func reservesOneWindowFromTheClock(_ start: Int64, _ limit: Int64) throws {
    let store = ScriptedStore(start: Self.now.unixMilliseconds + start)
    let source = try IDSource(store, at: Self.now)
    #expect(store.renewals == [Self.now.unixMilliseconds + limit])
    #expect(source.machineID == 1)
    // No ID before the start.
    let wait = max(0, start)
    if wait > 0 {
      #expect(throws: IDUnavailable.reservationPending(milliseconds: wait + 1)) {
        try source.nextRun(upTo: 1, at: Self.now.later(-1, 0))
      }
    }
    guard wait < 3000 else { return }
    let run = try source.nextRun(upTo: 1, at: Self.now.later(wait, wait))
    #expect(run.first.unixMilliseconds == Self.now.unixMilliseconds + wait)
    #expect(run.first.sequence == 0)
  }

  @Test(arguments: [3001, 3_600_000] as [Int64])
  func clockThatIsFurtherBehindIsRefused(_ start: Int64) throws {
    let store = ScriptedStore(start: Self.now.unixMilliseconds + start)
    let error = #expect(throws: StartError.self) { try IDSource(store, at: Self.now) }
    guard case .clockBehindReservation(1, let startTime, let time) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(startTime == Self.now.unixMilliseconds + start)
    #expect(time == Self.now.unixMilliseconds)
    #expect(store.renewals == [])
  }

  /// Repeated crashes right after the start do not make the next process wait longer.
  @Test func crashesDoNotAddUp() throws {
    var start = Self.now.unixMilliseconds
    for crash in 0..<100 {
      let store = ScriptedStore(start: start)
      _ = try IDSource(store, at: Self.now.later(Int64(crash), 0))
      start = try #require(store.renewals.last)
      #expect(start <= Self.now.unixMilliseconds + Int64(crash) + Self.window)
    }
  }

  @Test func aRefusalOfTheStoreIsAnError() {
    let store = ScriptedStore()
    store.claimAnswer = .failure(.store(.held(machineID: 1, by: "process 42")))
    #expect(
      storeError { try IDSource(store, at: Self.now) }
        == .held(machineID: 1, by: "process 42"))
    #expect(
      storeError { try IDSource(ScriptedStore(), at: Self.now, answering: ScriptedStore.failure) }
        == ScriptedStore.failure)
  }

  private func storeError(_ body: () throws -> IDSource) -> StoreError? {
    let error = #expect(throws: StartError.self) { try body() }
    guard case .store(let storeError) = error else { return nil }
    return storeError
  }

  /// A step between the claim and the first ID is a jump, too.
  @Test func theClockIsCheckedFromTheClaimOn() throws {
    let source = try IDSource(ScriptedStore(), at: Self.now)
    #expect(throws: IDUnavailable.clockJumped(milliseconds: 3_600_000)) {
      try source.nextRun(upTo: 1, at: Self.now.later(3_600_000, 0))
    }
  }

  // MARK: - Renewing

  @Test func renewsWhenThreeTenthsOfTheWindowAreUsed() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    for (elapsed, count) in [(0, 1), (899, 1), (900, 2), (901, 2), (2999, 2)] as [(Int64, Int)] {
      _ = try source.nextRun(upTo: 1, at: Self.now.later(elapsed, elapsed))
      #expect(store.renewals.count == count, "after \(elapsed) ms")
    }
    #expect(store.renewals.last == Self.now.unixMilliseconds + 900 + Self.window)
    #expect(
      store.held == [
        Reservation(
          limit: Self.now.unixMilliseconds + Self.window, clock: store.reservations[0].clock)
      ])
    store.answer()
    _ = try source.nextRun(upTo: 1, at: Self.now.later(3000, 3000))
    #expect(store.renewals.count == 3)
  }

  /// A server at rest writes nothing, however often its readiness is checked.
  @Test func readinessChecksDoNotRenew() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    for elapsed in stride(from: 0 as Int64, to: 600_000, by: 100) {
      #expect(source.unavailability(at: Self.now.later(elapsed, elapsed)) == nil)
      source.renewIfNeeded(at: Self.now.later(elapsed, elapsed))
    }
    #expect(store.renewals.count == 1)
  }

  /// Requests wait until the new limit is durable, and are served at once then.
  @Test func waitsForTheStoreAtTheLimit() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    let limit = Self.now.later(3000, 3000)
    #expect(throws: IDUnavailable.notYet) { try source.nextRun(upTo: 1, at: limit) }
    #expect(source.unavailability(at: limit) == nil)
    #expect(store.isAsked)
    store.answer()
    let run = try source.nextRun(upTo: 4096, at: limit)
    #expect(run.first.unixMilliseconds == limit.unixMilliseconds)
    #expect(run.count == 4096)
  }

  /// Requests wait for the store for a second, and get an error then, until the store answers.
  @Test func aStoreThatDoesNotAnswerIsReported() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    for (elapsed, reason) in [
      (3000, .notYet), (4000, .notYet), (4001, .reservationExpired(nil)),
      (60_000, .reservationExpired(nil)),
    ] as [(Int64, IDUnavailable)] {
      let now = Self.now.later(elapsed, elapsed)
      #expect(throws: reason) { try source.nextRun(upTo: 1, at: now) }
      #expect(source.unavailability(at: now) == (reason == .notYet ? nil : reason))
    }
    #expect(store.renewals.count == 2)
    store.answer()
    // The limit that became durable has long passed: requests wait for the next one.
    let later = Self.now.later(60_001, 60_001)
    #expect(throws: IDUnavailable.notYet) { try source.nextRun(upTo: 1, at: later) }
    store.answer()
    #expect(try source.nextRun(upTo: 1, at: later).first.unixMilliseconds == later.unixMilliseconds)
  }

  /// The source makes IDs until the limit, and retries five times a second.
  @Test func aStoreThatFailsIsReportedAtTheLimit() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    for elapsed in stride(from: 1500 as Int64, to: 3000, by: 100) {
      _ = try source.nextRun(upTo: 1, at: Self.now.later(elapsed, elapsed))
      store.answer(ScriptedStore.failure)
    }
    #expect(store.renewals.count == 1 + 8)
    for elapsed in stride(from: 3000 as Int64, to: 4000, by: 100) {
      let now = Self.now.later(elapsed, elapsed)
      #expect(throws: IDUnavailable.reservationExpired(ScriptedStore.failure)) {
        try source.nextRun(upTo: 1, at: now)
      }
      store.answer(ScriptedStore.failure)
    }
    // A readiness check does not retry; the server does, so recovery needs no request for an ID.
    let later = Self.now.later(4200, 4200)
    #expect(source.unavailability(at: later) == .reservationExpired(ScriptedStore.failure))
    #expect(!store.isAsked)
    source.renewIfNeeded(at: later)
    store.answer()
    #expect(source.unavailability(at: later) == nil)
    _ = try source.nextRun(upTo: 1, at: later)
  }

  /// Once the machine ID is lost, another process could use the reserved time, whether the store
  /// reports the loss in an answer or by itself. So the source makes no ID, and renews and releases
  /// nothing.
  @Test(arguments: [true, false])
  func lostReservationIsNotUsed(isAsked: Bool) throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now, toleranceMilliseconds: 10)
    var losses: [StoreError] = []
    source.didLose = { losses.append($0) }
    let now = Self.now.later(1500, 1500)
    _ = try source.nextRun(upTo: 1, at: now)
    let error = StoreError.lost(name: "/state/machine-1", owner: "process 7 on host b")
    if isAsked { store.answer(error) } else { store.didLose(error) }
    #expect(losses == [error])
    let count = store.renewals.count
    for elapsed in [0, 1, 2000, 60_000] as [Int64] {
      let later = now.later(elapsed, elapsed)
      #expect(throws: IDUnavailable.reservationLost(error)) {
        try source.nextRun(upTo: 1, at: later)
      }
      #expect(source.unavailability(at: later) == .reservationLost(error))
      source.renewIfNeeded(at: later)
    }
    #expect(store.renewals.count == count)
    if !isAsked { store.answer() }
    source.releaseReservation { #expect($0 == nil) }
    #expect(store.releases == [])
    #expect(losses == [error])
  }

  /// A limit whose request failed may have been recorded: the next is never below it.
  @Test func limitsNeverGoBack() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now, toleranceMilliseconds: 60_000)
    _ = try source.nextRun(upTo: 1, at: Self.now.later(2900, 0))
    store.answer()
    for elapsed in stride(from: 2900 as Int64, to: -50_000, by: -1000) {
      _ = try source.nextRun(upTo: 1, at: Self.now.later(elapsed, 0))
      store.answer()
    }
    #expect(store.renewals == store.renewals.sorted())
    #expect(store.renewals.last == Self.now.unixMilliseconds + 2900 + Self.window)
  }

  /// If the clock has gone back before a retry, the limit stays: IDs may have been made up to the
  /// one that was acknowledged.
  @Test func aRetryNeverRecordsLess() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now, toleranceMilliseconds: 60_000)
    _ = try source.nextRun(upTo: 1, at: Self.now.later(2999, 2999))
    store.answer(ScriptedStore.failure)
    source.renewIfNeeded(at: Self.now.later(-10_000, 4000))
    #expect(store.renewals.last == Self.now.unixMilliseconds + Self.window)
  }

  /// A clock that has jumped reserves nothing.
  @Test func aJumpReservesNothing() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    _ = try source.nextRun(upTo: 1, at: Self.now)
    let jumped = Self.now.later(3_600_000, 0)
    #expect(throws: IDUnavailable.clockJumped(milliseconds: 3_600_000)) {
      try source.nextRun(upTo: 1, at: jumped)
    }
    #expect(source.unavailability(at: jumped) == .clockJumped(milliseconds: 3_600_000))
    #expect(store.renewals.count == 1)
    source.acceptClock(at: jumped)
    #expect(throws: IDUnavailable.notYet) { try source.nextRun(upTo: 1, at: jumped) }
    #expect(store.renewals.last == jumped.unixMilliseconds + Self.window)
  }

  /// A limit past the last millisecond of the ID space would not be a valid record.
  @Test func theLimitEndsWithTheIDSpace() throws {
    let end = ClockReading(unixMilliseconds: SnowflakeLayout.default.lastUnixMilliseconds)
    let store = ScriptedStore(start: end.unixMilliseconds - 10)
    let source = try IDSource(store, at: end)
    #expect(store.renewals == [SnowflakeLayout.default.lastUnixMilliseconds + 1])
    #expect(
      try source.nextRun(upTo: 1, at: end).first.unixMilliseconds
        == SnowflakeLayout.default.lastUnixMilliseconds)
  }
}
