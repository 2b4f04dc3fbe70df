import UV

/// Runs at most one look-up of a name at a time. A look-up cannot be cancelled: it occupies one of
/// the few threads of libuv's pool even after the caller has given up.
final class SingleLookUp {
  private let lookUp: ConnectionAttempt.LookUp
  private var isUnderWay = false
  private var completion: ((Result<[SocketAddress], UVError>) -> Void)?
  /// The result of the last successful look-up.
  private var addresses: [SocketAddress] = []

  init(_ lookUp: @escaping ConnectionAttempt.LookUp) { self.lookUp = lookUp }

  /// Looks up a name. If an earlier look-up is still running, the addresses found before it are the
  /// result, at once; if there are none, the last caller gets the running look-up's result.
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
