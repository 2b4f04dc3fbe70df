import UV

@testable import IDServer

extension FileStore {
  /// Runs the loop until it is done.
  func claim(
    _ machineIDs: ClosedRange<Int>, latestStart: Int64 = .max, on loop: Loop
  ) throws(StoreError) -> ReservationClaim {
    var answer: Result<ReservationClaim, StoreError>?
    claim(machineIDs, latestStart: latestStart) { answer = $0 }
    loop.run()
    return try (answer ?? .failure(.system(name: "no answer", reason: ""))).get()
  }

  /// The same.
  func extend(to reservation: Reservation, on loop: Loop) -> StoreError? {
    var answer: StoreError? = .system(name: "no answer", reason: "")
    extend(to: reservation) { answer = $0 }
    loop.run()
    return answer
  }

  /// The same.
  func release(_ reservation: Reservation, on loop: Loop) -> StoreError? {
    var answer: StoreError? = .system(name: "no answer", reason: "")
    release(reservation) { answer = $0 }
    loop.run()
    return answer
  }
}
