import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// After a crash, the process waits for the end of the time that the last owner had reserved. That
/// is no fault of the clock.
struct PendingReservationTests {
  private static let now = ClockReading.example

  /// How far both clocks have gone on since a claim whose reservation began 2200 ms ahead, and why
  /// no ID is made then.
  @Test(
    arguments: [
      (0, 0, .reservationPending(milliseconds: 2200)),
      (1200, 1200, .reservationPending(milliseconds: 1000)),
      (2188, 2188, .reservationPending(milliseconds: 12)),
      // Within the tolerance of 10 ms, a request waits.
      (2189, 2189, nil), (2200, 2200, nil),
      // The clock is slewed, or set forward.
      (200, 1200, .reservationPending(milliseconds: 2000)),
      (1200, 200, .reservationPending(milliseconds: 1000)),
      // The clock is set back.
      (199, 1200, .clock(.clockBehind(milliseconds: 2000))),
      (-1001, 0, .clock(.clockBehind(milliseconds: 3200))),
      (-3_600_000, 0, .clock(.clockBehind(milliseconds: 3_602_199))),
      (1200, 5000, .reservationPending(milliseconds: 1000)),
      (1199, 5000, .clock(.clockBehind(milliseconds: 1000))),
      (
        -3_000_000_000_000, 0,
        .clock(
          .clockBeforeEpoch(unixMilliseconds: -1_230_310_825_501, epochUnixMilliseconds: epoch))
      ),
    ] as [(Int64, Int64, IDUnavailable?)])
  func isNotAClockBehind(_ wall: Int64, _ monotonic: Int64, _ reason: IDUnavailable?) throws {
    let store = ScriptedStore(start: Self.now.unixMilliseconds + 2200)
    let source = try IDSource(store, at: Self.now, toleranceMilliseconds: 10)
    let now = Self.now.later(wall, monotonic)
    #expect(source.unavailability(at: now) == reason)
    if let reason {
      #expect(throws: reason) { try source.nextRun(upTo: 1, at: now) }
    }
  }

  /// Once an ID has been made, a clock that is behind was set back; so it was if nothing was
  /// pending at the claim.
  @Test(arguments: [2200, 0] as [Int64])
  func aClockSetBackLaterIsBehind(_ ahead: Int64) throws {
    let store = ScriptedStore(start: Self.now.unixMilliseconds + ahead)
    let source = try IDSource(store, at: Self.now)
    let first = Self.now.later(ahead, ahead)
    if ahead > 0 { _ = try source.nextRun(upTo: 1, at: first) }
    let now = first.later(-500, 1)
    // Without an ID, the last timestamp used is the one before the claim.
    let behind: Int64 = ahead > 0 ? 500 : 499
    #expect(source.unavailability(at: now) == .clock(.clockBehind(milliseconds: behind)))
  }

  @Test(arguments: [(1, 1), (1000, 1), (1001, 2), (2200, 3), (3_600_000, 3600)] as [(Int64, Int)])
  func clientsAreToldWhenToRetry(_ milliseconds: Int64, _ seconds: Int) {
    let reason = IDUnavailable.reservationPending(milliseconds: milliseconds)
    #expect(reason.code == "reservation_pending")
    #expect(reason.retryAfterSeconds == seconds)
    #expect(
      reason.reason == "the time that was reserved before the last stop ends in \(milliseconds) ms")
  }
}
