import Snowflake
import TestSupport
import UV

@testable import Reservations

extension FileStore {
  /// What a test finds in place of an answer that has not come.
  private static let noAnswer = StoreError.system(name: "no answer", reason: "")

  /// Claims at this time, reserves nothing, and runs the loop until it is done.
  func claim(
    _ machineIDs: ClosedRange<Int>, now: Int64 = ClockReading.example.timestamp,
    window: Int64 = 3000, on loop: Loop
  ) throws(StoreError) -> ReservationClaim {
    let clock = ClockReading(unixMilliseconds: now + SnowflakeID.epochUnixMilliseconds)
    let terms = ClaimTerms(
      machineIDs: machineIDs, leaseWindowMilliseconds: window, clock: { clock },
      reserve: { .success($0.found) })
    var answer: Result<ReservationClaim, StartError>?
    claim(terms) { answer = $0 }
    loop.run()
    switch answer {
    case .success(let claim): return claim
    case .failure(.store(let error)): throw error
    default: throw Self.noAnswer
    }
  }

  /// Runs the loop until it is done.
  func extend(to reservation: Reservation, on loop: Loop) -> StoreError? {
    var answer: StoreError? = Self.noAnswer
    extend(Reservation(limit: 0), to: reservation) { answer = $0 }
    loop.run()
    return answer
  }

  /// The same.
  func release(_ reservation: Reservation, on loop: Loop) -> StoreError? {
    var answer: StoreError? = Self.noAnswer
    release(Reservation(limit: 0), as: reservation) { answer = $0 }
    loop.run()
    return answer
  }
}
