package import Reservations

/// A store that answers when, and what, a test says.
package final class ScriptedStore: ReservationStore {
  package let name = "/state"
  package var policy = ReservationPolicy(
    kind: "scripted", leaseWindowMilliseconds: 3000, retryMilliseconds: 200, renewsAtRest: false)
  package var didLose: (StoreError) -> Void = { _ in }
  package var didWait: (String) -> Void = { _ in }
  /// The claim that it finds, or its error.
  package var claimAnswer: Result<ReservationClaim, StartError>
  /// Whether a claim waits for ``claimNow()``.
  package var claimsLater = false
  /// The reservations that were requested, in order, answered or not.
  package private(set) var reservations: [Reservation] = []
  package private(set) var released: [Reservation] = []
  /// The reservations that the renewals expected to replace.
  package private(set) var held: [Reservation] = []
  package private(set) var terms: ClaimTerms?
  package private(set) var endedClaims = 0
  private var claimCompletion: ((Result<ReservationClaim, StartError>) -> Void)?
  private var completion: ((StoreError?) -> Void)?

  package static let failure = StoreError.system(
    name: "/state/machine-1", reason: "input/output error")
  package static let bootID = "00000000-0000-4000-8000-000000000001"

  package init(machineID: Int = 1, start: Int64 = epoch, clock: RecordedClock? = nil) {
    claimAnswer = .success(
      ReservationClaim(machineID: machineID, found: Reservation(limit: start, clock: clock)))
  }

  package var renewals: [Int64] { reservations.map(\.limit) }
  package var releases: [Int64] { released.map(\.limit) }
  package var isAsked: Bool { completion != nil }

  /// Answers the request in progress: with success, if there is no error.
  package func answer(_ error: StoreError? = nil) {
    guard let completion else { return }
    self.completion = nil
    completion(error)
  }

  /// Answers a claim with ``claimAnswer``. If it reserves time, ``answer(_:)`` completes it.
  package func claimNow() {
    guard let claimCompletion, let terms else { return }
    self.claimCompletion = nil
    switch claimAnswer.flatMap({ $0.applying(terms) }) {
    case .failure(let error): claimCompletion(.failure(error))
    case .success(let claim) where claim.reserved == claim.found: claimCompletion(.success(claim))
    case .success(let claim):
      reservations.append(claim.reserved)
      completion = { claimCompletion($0.map { .failure(.store($0)) } ?? .success(claim)) }
    }
  }

  package func claim(
    _ terms: ClaimTerms, _ completion: @escaping (Result<ReservationClaim, StartError>) -> Void
  ) {
    self.terms = terms
    claimCompletion = completion
    if !claimsLater { claimNow() }
  }

  package func endClaim() { endedClaims += 1 }

  package func renew(
    _ held: Reservation, to next: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    self.held.append(held)
    reservations.append(next)
    self.completion = completion
  }

  package func release(
    _ held: Reservation, as last: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    released.append(last)
    self.completion = completion
  }

  package func close() {}

  package func list(_ completion: @escaping (Result<[MachineSlot], StoreError>) -> Void) {
    completion(.success([]))
  }
}

extension IDSource {
  /// A source that has not started.
  package convenience init(unstarted store: ScriptedStore, toleranceMilliseconds: Int = 0) throws {
    var configuration = IDConfiguration(machineID: 1)
    configuration.clockToleranceMilliseconds = toleranceMilliseconds
    try self.init(configuration, store: store, bootID: ScriptedStore.bootID)
  }

  /// A source that has started with `store` at `now`.
  package convenience init(
    _ store: ScriptedStore, at now: ClockReading, toleranceMilliseconds: Int = 0,
    answering error: StoreError? = nil
  ) throws {
    try self.init(unstarted: store, toleranceMilliseconds: toleranceMilliseconds)
    var result: StartResult?
    start(clock: { now }, { result = $0 })
    store.answer(error)
    _ = try result?.get()
  }
}

extension ClockReading {
  /// The contract's example: the first ID that machine 1 makes then is 275238510129057792.
  package static let example = ClockReading(unixMilliseconds: 1_769_689_174_499)

  /// This reading with both clocks advanced.
  package func later(_ unixMilliseconds: Int64, _ monotonicMilliseconds: Int64) -> ClockReading {
    ClockReading(
      unixMilliseconds: self.unixMilliseconds + unixMilliseconds,
      monotonicMilliseconds: self.monotonicMilliseconds + monotonicMilliseconds)
  }
}
