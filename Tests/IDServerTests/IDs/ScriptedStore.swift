@testable import IDServer

/// A store whose answers a test gives, when it likes.
final class ScriptedStore: ReservationStore {
  let name = "/state"
  var claimAnswer: Result<ReservationClaim, StoreError>
  /// Whether ``claimNow()`` has to be called before a claim is answered.
  var claimsLater = false
  /// What was asked for, in order, and has been answered or not.
  private(set) var reservations: [Reservation] = []
  private(set) var released: [Reservation] = []
  private(set) var latestStart: Int64?
  private var claimCompletion: ((Result<ReservationClaim, StoreError>) -> Void)?
  private var completion: ((StoreError?) -> Void)?

  static let failure = StoreError.system(name: "/state/machine-1", reason: "input/output error")
  static let bootID = "00000000-0000-4000-8000-000000000001"

  init(machineID: Int = 1, start: Int64 = 0, clock: RecordedClock? = nil) {
    claimAnswer = .success(
      ReservationClaim(
        machineID: machineID, reservation: Reservation(limit: start, clock: clock)))
  }

  var extensions: [Int64] { reservations.map(\.limit) }
  var releases: [Int64] { released.map(\.limit) }
  var isAsked: Bool { completion != nil }

  /// Answers what is asked: with success, if there is no error.
  func answer(_ error: StoreError? = nil) {
    guard let completion else { return }
    self.completion = nil
    completion(error)
  }

  func claimNow() {
    claimCompletion?(claimAnswer)
    claimCompletion = nil
  }

  func claim(
    _ machineIDs: ClosedRange<Int>, latestStart: Int64,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void
  ) {
    self.latestStart = latestStart
    claimCompletion = completion
    if !claimsLater { claimNow() }
  }

  func extend(
    to reservation: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    reservations.append(reservation)
    self.completion = completion
  }

  func release(_ reservation: Reservation, _ completion: @escaping (StoreError?) -> Void) {
    released.append(reservation)
    self.completion = completion
  }
}

extension IDSource {
  /// A source that has not started.
  convenience init(unstarted store: ScriptedStore, toleranceMilliseconds: Int = 0) throws {
    var configuration = IDConfiguration(machineID: 1)
    configuration.clockToleranceMilliseconds = toleranceMilliseconds
    try self.init(configuration, store: store, bootID: ScriptedStore.bootID)
  }

  /// A source that has started with `store` at `now`.
  convenience init(
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
