import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// How a source starts: it makes no ID before the store has answered, and compares the clock with
/// the one that an earlier process has recorded.
struct IDSourceStartTests {
  static let now = IDSourceTests.now
  static let day: Int64 = 86_400_000

  // MARK: - Before the store has answered

  /// Before the start, a source sends no request to its store.
  @Test func anUnstartedSourceRequestsNothing() throws {
    let store = ScriptedStore()
    let source = try IDSource(unstarted: store)
    #expect(throws: IDUnavailable.self) { try source.nextRun(upTo: 1, at: Self.now) }
    source.renewIfNeeded(at: Self.now)
    #expect(store.renewals == [])
    #expect(source.machineID == 1)
  }

  @Test func theMachineIDOfAutoIsKnownFromTheClaimOn() throws {
    let store = ScriptedStore(machineID: 5)
    var configuration = IDConfiguration(machineID: 0)
    configuration.machineIDs = 0...9
    let source = try IDSource(configuration, store: store, bootID: nil)
    #expect(source.machineID == nil)
    source.start(clock: { Self.now }, { _ in })
    #expect(store.terms?.leaseWindowMilliseconds == 3000)
    store.answer()
    #expect(source.machineID == 5)
  }

  /// A release during the start waits for the store, and leaves the recorded limit.
  @Test(arguments: [true, false])
  func releaseDuringTheStart(isClaimed: Bool) throws {
    let clock = Self.recorded(Self.now.later(-5, -5))
    let store = ScriptedStore(start: Self.now.unixMilliseconds - 7, clock: clock)
    store.claimsLater = !isClaimed
    let source = try IDSource(unstarted: store)
    source.start(clock: { Self.now }, { _ in Issue.record("the start has been answered") })
    var outcomes: [StoreError?] = []
    source.releaseReservation { outcomes.append($0) }
    #expect(store.released.isEmpty)
    #expect(store.endedClaims == 1)
    store.claimNow()
    store.answer()
    #expect(store.released.count == 1)
    #expect(store.released.first?.limit == Self.now.unixMilliseconds - 7)
    #expect(outcomes == [])
    store.answer()
    #expect(outcomes == [nil])
  }

  // MARK: - The clock

  private static func recorded(_ clock: ClockReading, boot: String? = nil) -> RecordedClock {
    RecordedClock(
      bootID: boot ?? ScriptedStore.bootID, unixMilliseconds: clock.unixMilliseconds,
      monotonicMilliseconds: clock.monotonicMilliseconds)
  }

  @Test func theClockIsRecordedWithEachLimit() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    let later = Self.now.later(2000, 2001)
    _ = try source.nextRun(upTo: 1, at: later)
    store.answer()
    let last = Self.now.later(2100, 2100)
    _ = try source.nextRun(upTo: 1, at: last)
    source.releaseReservation { _ in }
    let clocks = [Self.now, later].map { Self.recorded($0) }
    #expect(store.reservations.map(\.clock) == clocks)
    #expect(store.released.map(\.clock) == [Self.recorded(last)])
  }

  /// The clock was set forward by a day between two processes. As while a process runs, no ID is
  /// made and nothing reserved until the clock has held for a minute, or an operator confirms it.
  @Test(arguments: [true, false])
  func aJumpWithinTheBootIsDetected(byOperator: Bool) throws {
    let before = Self.now.later(-10_000, -10_000)
    let store = ScriptedStore(start: before.unixMilliseconds + 1, clock: Self.recorded(before))
    let jumped = Self.now.later(Self.day, 0)
    let source = try IDSource(store, at: jumped)
    let reason = IDUnavailable.clockJumped(milliseconds: Self.day)
    #expect(throws: reason) { try source.nextRun(upTo: 1, at: jumped) }
    #expect(source.unavailability(at: jumped) == reason)
    #expect(store.renewals == [])

    let held = jumped.later(60_000, 60_000)
    if byOperator { source.acceptClock(at: held) }
    #expect(source.unavailability(at: held) == nil)
    #expect(throws: IDUnavailable.notYet) { try source.nextRun(upTo: 1, at: held) }
    store.answer()
    #expect(try source.nextRun(upTo: 1, at: held).first.unixMilliseconds == held.unixMilliseconds)
  }

  /// A new machine ID has no record, so the clocks in other records of this boot are used.
  @Test func aJumpIsDetectedByOtherRecords() throws {
    let store = ScriptedStore()
    let now = Self.now.later(0, 1_000_000)
    let clocks = [
      Self.recorded(now.later(-20_000, -20_000)), Self.recorded(now.later(-10, -10)),
      Self.recorded(now.later(Self.day, -5), boot: "another"),
      Self.recorded(now.later(Self.day, 5)),
    ]
    store.claimAnswer = .success(
      ReservationClaim(machineID: 1, found: .none, otherClocks: clocks))
    let jumped = now.later(Self.day, 0)
    let source = try IDSource(store, at: jumped)
    #expect(source.unavailability(at: jumped) == .clockJumped(milliseconds: Self.day))
    source.releaseReservation { _ in }
    #expect(store.released == [Reservation(limit: epoch + 0, clock: clocks[1])])
  }

  /// A process that ends while its clock is not trusted does not record that clock.
  @Test func aJumpIsDetectedAgainAfterARestart() throws {
    let before = Self.recorded(Self.now)
    let jumped = Self.now.later(Self.day, 5000)
    let store = ScriptedStore(start: Self.now.unixMilliseconds, clock: before)
    let source = try IDSource(store, at: jumped)
    source.releaseReservation { _ in }
    #expect(store.released == [Reservation(limit: Self.now.unixMilliseconds, clock: before)])
  }

  /// The recorded clock, how far both clocks have advanced when a process starts, and what it does.
  struct Start: Sendable, CustomTestStringConvertible {
    var what: String
    var boot: String? = ScriptedStore.bootID
    var wall: Int64
    var monotonic: Int64
    var jump: Int64?
    var isWarned = false

    var testDescription: String { what }
  }

  @Test(arguments: [
    Start(what: "at once", wall: 0, monotonic: 0),
    Start(what: "a week at rest", wall: 7 * day, monotonic: 7 * day),
    Start(what: "a minute forward", wall: 70_000, monotonic: 10_000),
    Start(what: "more than a minute", wall: 70_011, monotonic: 10_000, jump: 60_011),
    Start(what: "back by an hour", wall: -1, monotonic: 3_600_000),
    Start(what: "another boot", boot: "another", wall: 1000, monotonic: -500_000),
    Start(what: "down for a day", boot: "another", wall: day, monotonic: -500_000),
    Start(
      what: "down for longer", boot: "another", wall: day + 1, monotonic: -500_000, isWarned: true),
    Start(what: "the time of the boot goes back", wall: 7 * day, monotonic: -1),
    Start(what: "nothing recorded", boot: nil, wall: 7 * day, monotonic: 0),
  ])
  func starts(_ start: Start) throws {
    let before = Self.now.later(0, 1_000_000)
    let store = ScriptedStore(
      start: before.unixMilliseconds, clock: start.boot.map { Self.recorded(before, boot: $0) })
    let source = try IDSource(unstarted: store)
    let now = before.later(start.wall, start.monotonic)
    var result: IDSource.StartResult?
    source.start(clock: { now }, { result = $0 })
    store.answer()
    let warnings = try #require(result).get()
    #expect(
      warnings
        == (start.isWarned
          ? [
            .clockIsFarAhead(
              recordedUnixMilliseconds: before.unixMilliseconds,
              nowUnixMilliseconds: now.unixMilliseconds)
          ] : []))
    #expect(
      source.unavailability(at: now.later(1, 1))
        == start.jump.map { .clockJumped(milliseconds: $0) })
    #expect(store.renewals.count == (start.jump == nil ? 1 : 0))
  }

  @Test func theWarningNamesBothTimes() {
    let warning = StartWarning.clockIsFarAhead(
      recordedUnixMilliseconds: 1_769_689_174_499, nowUnixMilliseconds: 1_795_275_906_753)
    #expect(
      "\(warning)" == """
        the clock reads 2026-11-21T15:45:06.753Z, more than a day after the last recorded reading \
        (2026-01-29T12:19:34.499Z, before this boot): if it is wrong, stop this process and correct it
        """)
  }

  /// The error does not mention a reservation, because there is none.
  @Test func aClockBeforeTheEpochIsNamed() throws {
    let now = ClockReading(unixMilliseconds: 60_000)
    let store = ScriptedStore()
    let error = #expect(throws: StartError.self) { try IDSource(store, at: now) }
    #expect(store.terms == nil)  // It has not been asked.
    #expect(
      "\(try #require(error))".hasPrefix(
        "the clock reads 1970-01-01T00:01:00.000Z, before the epoch 2024-01-01T00:00:00.000Z"))
  }

  /// Without a store, the source waits for the right time; setting it does not count as a jump.
  @Test func aClockThatIsSetRightAfterTheStartIsTrusted() throws {
    let source = try IDSource(machineID: 1)
    let early = ClockReading(unixMilliseconds: 60_000)
    source.start(clock: { early }, { _ in })
    #expect(
      source.unavailability(at: early)
        == .clock(.clockBeforeEpoch(unixMilliseconds: 60_000, epochUnixMilliseconds: epoch)))
    #expect(try source.nextRun(upTo: 1, at: Self.now).count == 1)
  }
}
