/// Asks a store for what a source of IDs needs, one request at a time, and not again at once when it
/// has failed.
package final class StoreClient {
  /// How long a store may take before requests for IDs no longer wait for it.
  package static let patienceMilliseconds: Int64 = 1000

  private enum Request {
    case none
    case claim
    /// The last one.
    case release
    case `extension`(sinceMonotonicMilliseconds: Int64)
  }

  private let store: any ReservationStore
  private var request = Request.none
  /// What is to be done once the store has answered: nothing more is asked for then.
  private var pendingRelease: (() -> Void)?
  /// When the last failed request was made, on the monotonic clock, and why it failed.
  private var failed: (askedMonotonicMilliseconds: Int64, error: StoreError)?

  /// What is recorded, as far as this process knows; `nil` before the claim.
  private(set) var held: Reservation?
  /// When what is held was asked for, on the monotonic clock.
  private(set) var extendedMonotonicMilliseconds: Int64 = 0
  /// How often a later limit has become durable, and how often the store has failed.
  package private(set) var extensionCount = 0
  package private(set) var failureCount = 0
  /// Called when the store fails after it has not, and with `nil` when it no longer does. A loss is no
  /// failure of the store.
  package var didChangeFailure: (StoreError?) -> Void = { _ in }

  /// Called when a claim has to wait, and for what.
  package var didWait: (String) -> Void {
    get { store.didWait }
    set { store.didWait = newValue }
  }

  init(_ store: any ReservationStore) { self.store = store }

  package var storeName: String { store.name }
  package var policy: ReservationPolicy { store.policy }
  /// Why the store failed when it was asked last; `nil` if it did not.
  package var failure: StoreError? { failed?.error }
  /// Whether ``release(_:_:)`` waits for the answer to an earlier request.
  var isReleasing: Bool { pendingRelease != nil }

  /// Whether an extension takes longer than requests for IDs should wait.
  func isSlow(at now: ClockReading) -> Bool {
    guard case .extension(let since) = request else { return false }
    return now.monotonicMilliseconds - since > Self.patienceMilliseconds
  }

  /// - Parameter completion: called before a release that waits.
  func claim(
    _ terms: ClaimTerms,
    _ completion: @escaping (Result<ReservationClaim, StartError>) -> Void
  ) {
    request = .claim
    store.claim(terms) { [self] result in
      request = .none
      if case .success(let claim) = result {
        held = claim.reserved
        extendedMonotonicMilliseconds = terms.clock().monotonicMilliseconds
        extensionCount += 1
      }
      completion(result)
      pendingRelease?()
    }
  }

  /// Whether the store would be asked for a later limit: not while it is at work, or has just failed.
  func mayExtend(at now: ClockReading) -> Bool {
    guard case .none = request, held != nil else { return false }
    guard let failed else { return true }
    return now.monotonicMilliseconds - failed.askedMonotonicMilliseconds
      >= store.policy.retryMilliseconds
  }

  /// Asks for a later limit, if it may.
  ///
  /// - Parameter completion: called if the store is asked, once it has answered, before a release
  ///   that waits.
  func extend(
    to reservation: Reservation, at now: ClockReading,
    _ completion: @escaping (StoreError?) -> Void
  ) {
    guard mayExtend(at: now), let held else { return }
    request = .extension(sinceMonotonicMilliseconds: now.monotonicMilliseconds)
    store.extend(held, to: reservation) { [self] error in
      request = .none
      let isChange = (failed == nil) != (error == nil) && error?.isLoss != true
      if let error, error.isLoss {
        failed = nil
      } else if let error {
        failureCount += 1
        failed = (now.monotonicMilliseconds, error)
      } else {
        extensionCount += 1
        failed = nil
        self.held = reservation
        extendedMonotonicMilliseconds = now.monotonicMilliseconds
      }
      completion(error)
      if isChange { didChangeFailure(error) }
      pendingRelease?()
    }
  }

  /// Closes what keeps the event loop running.
  package func close() { store.close() }

  /// Gives the machine ID back once the store has answered what it has been asked.
  ///
  /// - Parameter last: what then is to be recorded; `nil` if nothing is.
  func release(
    _ last: @escaping () -> Reservation?, _ completion: @escaping (StoreError?) -> Void
  ) {
    guard case .none = request else {
      pendingRelease = { [self] in
        pendingRelease = nil
        release(last, completion)
      }
      if case .claim = request { store.endClaim() }
      return
    }
    guard let held, let last = last() else { return completion(nil) }
    request = .release
    store.release(held, as: last, completion)
  }
}
