import Glibc
import HTTP1
import HTTPClient

@testable import Reservations

/// The network as one process sees it, and the process's timers.
final class SimulatedTransport: EtcdTransport {
  private typealias Completion = (Result<HTTPResponse, HTTPClientError>) -> Void

  let network: SimulatedNetwork
  private(set) var isClosed = false
  private var pending: (number: Int, completion: Completion)?
  private var requestCount = 0
  private var waitCount = 0
  /// The events while the process was paused.
  private var deferred: [(isTimer: Bool, action: () -> Void)] = []
  private(set) var isPaused = false
  /// The requests, and the member that each was sent to.
  private(set) var sent: [(path: String, endpoint: Int)] = []
  /// The revision of the request in progress, once the cluster has carried it out.
  private var answeredRevision: (number: Int, revision: Int64)?
  /// The latest revision that the process has received from the cluster.
  private var seenRevision: Int64?

  init(_ network: SimulatedNetwork) { self.network = network }

  func send(
    _ request: HTTPRequest, to endpoint: Int, timeoutMilliseconds: UInt64,
    _ completion: @escaping (Result<HTTPResponse, HTTPClientError>) -> Void
  ) {
    guard !isClosed else { return }
    requestCount += 1
    let number = requestCount
    pending = (number, completion)
    sent.append((request.target, endpoint))
    after(Int64(timeoutMilliseconds)) { [unowned self] in
      finish(
        .failure(.outcomeUnknown(.timedOut(milliseconds: timeoutMilliseconds))), number: number)
    }
    network.send(request, from: self, number: number, to: endpoint)
  }

  func wait(milliseconds: Int64, _ action: @escaping () -> Void) {
    waitCount += 1
    let number = waitCount
    after(max(1, milliseconds)) { [unowned self] in if number == waitCount { action() } }
  }

  func readFile(
    _ path: String, _ completion: @escaping (Result<[UInt8], FileError>) -> Void
  ) {
    after(0) { [unowned self] in
      completion(network.files[path].map { .success($0) } ?? .failure(FileError(code: ENOENT)))
    }
  }

  /// The process has ended, or its loop has. Its requests are still in flight.
  func close() {
    isClosed = true
    (pending, deferred) = (nil, [])
  }

  // MARK: - Time

  /// Calls `action` on the process's loop, after a time.
  func after(_ milliseconds: Int64, _ action: @escaping () -> Void) {
    network.queue.schedule(afterMilliseconds: milliseconds) { [self] in
      deliver(isTimer: true, action)
    }
  }

  /// Pauses the process: none of its code runs.
  func pause() { isPaused = true }

  /// Resumes the process: everything that was due happens now.
  ///
  /// - Parameters:
  ///   - timersFirst: whether timers fire before answers arrive; a loop may do either.
  ///   - first: runs before all of them.
  func resume(timersFirst: Bool = true, _ first: () -> Void = {}) {
    isPaused = false
    first()
    let due = deferred
    deferred = []
    let ordered = timersFirst ? due.filter(\.isTimer) + due.filter { !$0.isTimer } : due
    for (isTimer, action) in ordered { deliver(isTimer: isTimer, action) }
  }

  private func deliver(isTimer: Bool, _ action: @escaping () -> Void) {
    guard !isClosed else { return }
    if isPaused { deferred.append((isTimer, action)) } else { action() }
  }
}

// MARK: - Messages of the network

extension SimulatedTransport {
  /// Whether a request is in progress.
  var isAsking: Bool { pending != nil }

  func isWaiting(for number: Int) -> Bool { pending?.number == number }

  func receive(_ result: Result<HTTPResponse, HTTPClientError>, number: Int) {
    deliver(isTimer: false) { [unowned self] in
      if pending?.number != number { network.record(.replyLate) }
      finish(result, number: number)
    }
  }

  func noteRevision(_ revision: Int64, number: Int) { answeredRevision = (number, revision) }

  /// Whether the process can tell that it must not trust a store: it has seen a later revision, or
  /// another cluster.
  func canSeeThrough(_ other: SimulatedEtcd, _ etcd: SimulatedEtcd) -> Bool {
    guard let seenRevision else { return false }
    return other.clusterID != etcd.clusterID || other.revision + 1 < seenRevision
  }

  private func finish(_ result: Result<HTTPResponse, HTTPClientError>, number: Int) {
    guard let pending, pending.number == number else { return }
    self.pending = nil
    if case .success(let response) = result, response.status == 200,
      let (answered, revision) = answeredRevision, answered == number
    {
      seenRevision = max(revision, seenRevision ?? 0)
    }
    pending.completion(result)
  }
}
