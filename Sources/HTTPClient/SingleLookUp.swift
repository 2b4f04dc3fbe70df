import UV

/// Has one look-up of a name under way at most: a look-up cannot be ended, goes on when whoever asked
/// has given up, and takes one of the few threads that there are for all.
final class SingleLookUp {
  private let lookUp: ConnectionAttempt.LookUp
  private var isUnderWay = false
  private var completion: ((Result<[SocketAddress], UVError>) -> Void)?
  /// What was found last.
  private var addresses: [SocketAddress] = []

  init(_ lookUp: @escaping ConnectionAttempt.LookUp) { self.lookUp = lookUp }

  /// If an earlier look-up has not ended, its answer goes to whoever asked last, or what was found
  /// before is the answer, at once.
  func start(
    _ host: String, _ port: UInt16, _ loop: Loop,
    _ completion: @escaping (Result<[SocketAddress], UVError>) -> Void
  ) throws(UVError) {
    if isUnderWay, !addresses.isEmpty { return completion(.success(addresses)) }
    self.completion = completion
    guard !isUnderWay else { return }
    isUnderWay = true
    do throws(UVError) {
      try lookUp(host, port, loop) { [weak self] result in self?.didEnd(result) }
    } catch {
      isUnderWay = false
      throw error
    }
  }

  private func didEnd(_ result: Result<[SocketAddress], UVError>) {
    isUnderWay = false
    if case .success(let found) = result { addresses = found }
    let completion = self.completion
    self.completion = nil
    completion?(result)
  }
}
