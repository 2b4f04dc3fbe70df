import Snowflake
import TestSupport
import UV

@testable import Reservations

extension FileStore {
  /// The result if the store has not answered.
  private static let noAnswer = StoreError.system(name: "no answer", reason: "")

  /// Claims at this time without reserving, and runs the loop until the store has answered.
  func claim(
    _ machineIDs: ClosedRange<Int>, now: Int64 = ClockReading.example.unixMilliseconds,
    window: Int64 = 3000, layout: SnowflakeLayout = .default, on loop: Loop
  ) throws(StoreError) -> ReservationClaim {
    let clock = ClockReading(unixMilliseconds: now)
    let terms = ClaimTerms(
      layout: layout, machineIDs: machineIDs, leaseWindowMilliseconds: window, clock: { clock },
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

  /// Renews, and runs the loop until the store has answered.
  func renew(to reservation: Reservation, on loop: Loop) -> StoreError? {
    var answer: StoreError? = Self.noAnswer
    renew(.none, to: reservation) { answer = $0 }
    loop.run()
    return answer
  }

  /// Releases, and runs the loop until the store has answered.
  func release(_ reservation: Reservation, on loop: Loop) -> StoreError? {
    var answer: StoreError? = Self.noAnswer
    release(.none, as: reservation) { answer = $0 }
    loop.run()
    return answer
  }
}
