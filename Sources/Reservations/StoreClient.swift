/// Sends a source's requests to a store, one at a time, with a delay after a failure.
package final class StoreClient {
  /// If a renewal takes longer than this, requests for IDs no longer wait for it.
  package static let patienceMilliseconds: Int64 = 1000

  private enum Request {
    case none
    case claim
    /// The last request.
    case release
    case renewal(sinceMonotonicMilliseconds: Int64)
  }

  private let store: any ReservationStore
  private var request = Request.none
  /// A release that waits for the answer to an earlier request.
  private var pendingRelease: (() -> Void)?
  /// The time of the last request, on the boot clock, and its error, if it failed.
  private var failed: (askedMonotonicMilliseconds: Int64, error: StoreError)?

  /// The recorded reservation, as far as this process knows; `nil` before the claim.
  private(set) var held: Reservation?
  /// The time of the request that recorded `held`, on the boot clock.
  private(set) var renewedMonotonicMilliseconds: Int64 = 0
  /// The number of limits that have become durable, and the number of the store's failures.
  package private(set) var renewalCount = 0
  package private(set) var failureCount = 0
  /// Called with the error when the store begins to fail, and with `nil` when it works again. The
  /// loss of the machine ID is not a failure of the store.
  package var didChangeFailure: (StoreError?) -> Void = { _ in }

  /// Called when a claim has to wait, with the reason.
  package var didWait: (String) -> Void {
    get { store.didWait }
    set { store.didWait = newValue }
  }

  init(_ store: any ReservationStore) { self.store = store }

  package var storeName: String { store.name }
  package var policy: ReservationPolicy { store.policy }
  /// The error of the last renewal; `nil` if it did not fail.
  package var failure: StoreError? { failed?.error }
  /// Whether ``release(_:_:)`` waits for the answer to an earlier request.
  var isReleasing: Bool { pendingRelease != nil }

  /// Whether the renewal in progress takes longer than requests for IDs should wait.
  func isSlow(at now: ClockReading) -> Bool {
    guard case .renewal(let since) = request else { return false }
    return now.monotonicMilliseconds - since > Self.patienceMilliseconds
  }

  /// - Parameter completion: called before a pending release begins.
  func claim(
    _ terms: ClaimTerms,
    _ completion: @escaping (Result<ReservationClaim, StartError>) -> Void
  ) {
    request = .claim
    store.claim(terms) { [self] result in
      request = .none
      if case .success(let claim) = result {
        held = claim.reserved
        renewedMonotonicMilliseconds = terms.clock().monotonicMilliseconds
        renewalCount += 1
      }
      completion(result)
      pendingRelease?()
    }
  }

  /// Whether ``renew(to:at:_:)`` would ask the store: not while another request is in progress, or
  /// shortly after a failure.
  func mayRenew(at now: ClockReading) -> Bool {
    guard case .none = request, held != nil else { return false }
    guard let failed else { return true }
    return now.monotonicMilliseconds - failed.askedMonotonicMilliseconds
      >= store.policy.retryMilliseconds
  }

  /// Asks the store for a later limit, if ``mayRenew(at:)``.
  ///
  /// - Parameter completion: called if the store was asked, once it has answered, before a pending
  ///   release begins.
  func renew(
    to reservation: Reservation, at now: ClockReading,
    _ completion: @escaping (StoreError?) -> Void
  ) {
    guard mayRenew(at: now), let held else { return }
    request = .renewal(sinceMonotonicMilliseconds: now.monotonicMilliseconds)
    store.renew(held, to: reservation) { [self] error in
      request = .none
      let isChange = (failed == nil) != (error == nil) && error?.isLoss != true
      if let error, error.isLoss {
        failed = nil
      } else if let error {
        failureCount += 1
        failed = (now.monotonicMilliseconds, error)
      } else {
        renewalCount += 1
        failed = nil
        self.held = reservation
        renewedMonotonicMilliseconds = now.monotonicMilliseconds
      }
      completion(error)
      if isChange { didChangeFailure(error) }
      pendingRelease?()
    }
  }

  /// Closes what keeps the event loop running.
  package func close() { store.close() }

  /// Releases the machine ID, once the request in progress has completed.
  ///
  /// - Parameter last: returns the reservation to record at that time; `nil` to record none.
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
