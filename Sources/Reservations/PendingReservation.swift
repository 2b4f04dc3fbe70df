/// The time that the last owner of a machine ID had reserved, and that has not passed yet.
///
/// A crash leaves up to one lease window of it. The process begins at its limit, so the clock is
/// behind the first timestamp until then, although nothing is wrong with the clock.
struct PendingReservation {
  /// The clock may be this much later at the limit than expected: adjtimex(2) slews a clock.
  private static let toleranceMilliseconds: Int64 = 1000

  /// In milliseconds since 1970.
  let limit: Int64
  /// When the wall clock reaches the limit, on the boot clock, if nobody sets it.
  private let endMonotonicMilliseconds: Int64

  /// `nil` if the limit has passed at the claim.
  init?(limit: Int64, at claim: ClockReading) {
    guard limit > claim.unixMilliseconds else { return nil }
    self.limit = limit
    endMonotonicMilliseconds = claim.monotonicMilliseconds + limit - claim.unixMilliseconds
  }

  /// Whether the clock is behind the limit for this reason, and was not set back since the claim.
  func explains(_ now: ClockReading) -> Bool {
    let expectedMilliseconds = max(0, endMonotonicMilliseconds - now.monotonicMilliseconds)
    return limit - now.unixMilliseconds <= expectedMilliseconds + Self.toleranceMilliseconds
  }
}
