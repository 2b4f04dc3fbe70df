import UV

/// Looks up a name and connects to the first of its addresses that accepts a connection.
///
/// Each address gets an equal share of the remaining time, so one that does not answer leaves time
/// for the others.
final class ConnectionAttempt {
  /// The resolver: ``SocketAddress/resolveAll(_:port:loop:_:)``; tests pass their own.
  typealias LookUp = (
    String, UInt16, Loop, @escaping (Result<[SocketAddress], UVError>) -> Void
  ) throws(UVError) -> Void

  private let loop: Loop
  private let security: (any StreamSecurity)?
  /// The server's name, which it must prove with `security`.
  private var host = ""
  /// On the loop's clock. The owner cancels the attempt at this time.
  private let deadlineMilliseconds: UInt64
  private let timer: Timer
  /// The addresses that have not been tried.
  private var addresses: ArraySlice<SocketAddress> = []
  private var connection: Connection?
  private var lastError = HTTPClientError.Reason.connection(.unknownName)
  /// `nil` once the attempt has ended.
  private var completion: ((Outcome) -> Void)?

  typealias Outcome = Result<Connection, HTTPClientError.Reason>

  /// - Parameter completion: called once, possibly before ``start(host:port:lookUp:)`` returns; not
  ///   called if ``cancel()`` comes first.
  init(
    loop: Loop, security: (any StreamSecurity)?, deadlineMilliseconds: UInt64,
    completion: @escaping (Outcome) -> Void
  ) throws(UVError) {
    self.loop = loop
    self.security = security
    self.deadlineMilliseconds = deadlineMilliseconds
    self.completion = completion
    timer = try Timer(loop: loop)
  }

  deinit { cancel() }

  /// - Parameter host: a name, or a numeric address, which needs no look-up.
  func start(host: String, port: UInt16, lookUp: LookUp) {
    self.host = host
    if let address = try? SocketAddress(numericHost: host, port: port) {
      return connect(toFirstOf: [address])
    }
    do throws(UVError) {
      try lookUp(host, port, loop) { [weak self] result in
        switch result {
        case .success(let addresses): self?.connect(toFirstOf: addresses[...])
        case .failure(let error): self?.finish(.failure(.connection(error)))
        }
      }
    } catch {
      finish(.failure(.connection(error)))
    }
  }

  /// Ends the attempt without a result. A running look-up continues; its result is ignored.
  func cancel() {
    completion = nil
    timer.close()
    connection?.close()
    connection = nil
  }

  private func connect(toFirstOf addresses: ArraySlice<SocketAddress>) {
    guard completion != nil else { return }
    self.addresses = addresses
    while let address = self.addresses.popFirst() {
      let connection = Connection()
      self.connection = connection
      do throws(UVError) {
        let filter = try security?.makeFilter(host: host)
        try connection.open(to: address, loop: loop, through: filter) { [weak self] reason in
          self?.didConnect(connection, reason)
        }
        return limitTime()
      } catch {
        lastError = .connection(error)
        connection.close()
      }
    }
    finish(.failure(lastError))
  }

  private func didConnect(_ connection: Connection, _ reason: HTTPClientError.Reason?) {
    guard let reason else {
      self.connection = nil
      return finish(.success(connection))
    }
    connection.close()
    lastError = reason
    connect(toFirstOf: addresses)
  }

  /// Starts the timer for the current address. The last one gets all the remaining time.
  private func limitTime() {
    timer.stop()
    guard !addresses.isEmpty else { return }
    let now = loop.nowMilliseconds
    let left = deadlineMilliseconds > now ? deadlineMilliseconds - now : 0
    timer.start(afterMilliseconds: left / UInt64(addresses.count + 1)) { [weak self] in
      guard let self else { return }
      connection?.close()
      connect(toFirstOf: addresses)
    }
  }

  private func finish(_ result: Outcome) {
    let completion = self.completion
    cancel()
    completion?(result)
  }
}
