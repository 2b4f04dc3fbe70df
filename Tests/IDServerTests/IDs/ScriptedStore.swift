@testable import IDServer

/// A store whose answers a test gives, when it likes.
final class ScriptedStore: ReservationStore {
  var claimAnswer: Result<ReservationClaim, StoreError>
  /// What was asked for, in order, and has been answered or not.
  private(set) var extensions: [Int64] = []
  private(set) var releases: [Int64] = []
  private var completion: ((StoreError?) -> Void)?

  static let failure = StoreError.system(name: "/state/machine-1", reason: "input/output error")

  init(machineID: Int = 1, start: Int64 = 0) {
    claimAnswer = .success(ReservationClaim(machineID: machineID, start: start))
  }

  var isAsked: Bool { completion != nil }

  /// Answers what is asked: with success, if there is no error.
  func answer(_ error: StoreError? = nil) {
    guard let completion else { return }
    self.completion = nil
    completion(error)
  }

  func claim(
    _ machineIDs: ClosedRange<Int>,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void
  ) {
    completion(claimAnswer)
  }

  func extend(to limit: Int64, _ completion: @escaping (StoreError?) -> Void) {
    extensions.append(limit)
    self.completion = completion
  }

  func release(limit: Int64, _ completion: @escaping (StoreError?) -> Void) {
    releases.append(limit)
    self.completion = completion
  }
}

extension IDSource {
  /// A source that has started with `store` at `now`.
  convenience init(
    _ store: ScriptedStore, at now: ClockReading, toleranceMilliseconds: Int = 0,
    answering error: StoreError? = nil
  ) throws(ServerError) {
    var configuration = Configuration(machineID: 1)
    configuration.clockToleranceMilliseconds = toleranceMilliseconds
    try self.init(configuration, store: store, at: now, wait: { store.answer(error) })
  }
}
