/// Asks a store for what a source of IDs needs, one request at a time, and not again at once when it
/// has failed.
final class StoreClient {
  /// How long a store may take before requests for IDs no longer wait for it.
  static let patienceMilliseconds: Int64 = 1000
  /// How long after a request that has failed the store is not asked again.
  static let retryMilliseconds: Int64 = 200

  private enum Request {
    case none
    case claim
    case `extension`(sinceMonotonicMilliseconds: Int64)
  }

  private let store: any ReservationStore
  private var request = Request.none
  /// What is to be done once the store has answered: nothing more is asked for then.
  private var pendingRelease: (() -> Void)?
  /// When the request was made that has failed last, on the monotonic clock, and why it has.
  private var failed: (askedMonotonicMilliseconds: Int64, error: StoreError)?

  /// How often a later limit has become durable, and how often the store has failed.
  private(set) var extensionCount = 0
  private(set) var failureCount = 0
  /// Called when the store fails after it has not, and with `nil` when it no longer does.
  var didChangeFailure: (StoreError?) -> Void = { _ in }

  init(_ store: any ReservationStore) { self.store = store }

  var storeName: String { store.name }
  /// Why the store failed when it was asked last; `nil` if it did not.
  var failure: StoreError? { failed?.error }
  /// Whether ``release(_:_:)`` waits for the answer to an earlier request.
  var isReleasing: Bool { pendingRelease != nil }

  /// Whether an extension takes longer than requests for IDs should wait.
  func isSlow(at now: ClockReading) -> Bool {
    guard case .extension(let since) = request else { return false }
    return now.monotonicMilliseconds - since > Self.patienceMilliseconds
  }

  /// - Parameter completion: called before a release that waits.
  func claim(
    _ machineIDs: ClosedRange<Int>, latestStart: Int64,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void
  ) {
    request = .claim
    store.claim(machineIDs, latestStart: latestStart) { [self] result in
      request = .none
      completion(result)
      pendingRelease?()
    }
  }

  /// Asks for a later limit, unless the store is at work, or has just failed.
  ///
  /// - Parameter completion: called if the store is asked, once it has answered, before a release
  ///   that waits.
  func extend(
    to reservation: Reservation, at now: ClockReading,
    _ completion: @escaping (StoreError?) -> Void
  ) {
    guard case .none = request else { return }
    if let failed,
      now.monotonicMilliseconds - failed.askedMonotonicMilliseconds < Self.retryMilliseconds
    {
      return
    }
    request = .extension(sinceMonotonicMilliseconds: now.monotonicMilliseconds)
    store.extend(to: reservation) { [self] error in
      request = .none
      let isChange = (failed == nil) != (error == nil)
      if let error {
        failureCount += 1
        failed = (now.monotonicMilliseconds, error)
      } else {
        extensionCount += 1
        failed = nil
      }
      completion(error)
      if isChange { didChangeFailure(error) }
      pendingRelease?()
    }
  }

  /// Gives the machine ID back once the store has answered what it has been asked.
  ///
  /// - Parameter reservation: what it then is.
  func release(
    _ reservation: @escaping () -> Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    guard case .none = request else {
      pendingRelease = { [self] in
        pendingRelease = nil
        release(reservation, completion)
      }
      return
    }
    store.release(reservation(), completion)
  }
}
