import API
import Glibc
import Logging
public import UV

// Listening and accepting.

extension Server: TCPListenerHandler {
  /// Listens on the configured address. If there is none, it listens on all addresses of both
  /// families, or of IPv4 if the system has no IPv6.
  func makeListener(
    _ configuration: Configuration
  ) throws(ServerError) -> TCPListener {
    if let descriptor = configuration.inheritedSocket {
      do throws(UVError) {
        return try TCPListener(loop: loop, descriptor: descriptor, handler: self)
      } catch {
        throw .inheritedSocket(error)
      }
    }
    let port = configuration.port
    let host = configuration.host ?? "::"
    do throws(UVError) {
      let address = try resolve(host, port: port)
      return try TCPListener(
        loop: loop, address: address, sharesPort: configuration.sharesPort,
        defersAccept: configuration.defersAccept, handler: self)
    } catch {
      guard configuration.host == nil, error.meansNoIPv6 else {
        throw .listen(host: host, port: port, error)
      }
    }
    do throws(UVError) {
      return try TCPListener(
        loop: loop, address: .anyIPv4(port: port), sharesPort: configuration.sharesPort,
        defersAccept: configuration.defersAccept, handler: self)
    } catch {
      throw .listen(host: "0.0.0.0", port: port, error)
    }
  }

  /// Looks up a name and waits for its address. SIGTERM ends the wait and the process.
  private func resolve(_ host: String, port: UInt16) throws(UVError) -> SocketAddress {
    if let address = try? SocketAddress(numericHost: host, port: port) { return address }
    var result: Result<SocketAddress, UVError>?
    try SocketAddress.resolve(host, port: port, loop: loop) { result = $0 }
    while true {
      loop.runOnce()
      guard service.isDraining else {
        if let result { return try result.get() }
        continue
      }
      logger.notice("stopped before it listened: the address of \(host) was being looked up")
      exitWithoutThreads(EXIT_SUCCESS)  // A return from `main` would wait for the lookup.
    }
  }

  public func listenerDidReceiveConnection(_ listener: TCPListener) {
    let limit = service.limits.connectionCount
    let connection = Connection(server: self)
    do throws(UVError) {
      try connection.accept(from: listener)
    } catch {
      return self.listener(listener, didFailToAccept: error)
    }
    guard connections.openCount > limit else {
      // A drain can accept during another connection's read callback; the loop has one read buffer.
      return connection.startReading(hasInput: listener.defersAccept && !service.isDraining)
    }
    metrics.didRefuse()
    // Before the handshake, no response can be sent.
    if security != nil || connections.openCount > limit + Limits.refusedConnectionCount {
      connection.close()
    } else {
      connection.refuse(.tooManyConnections)
    }
  }

  public func listener(_ listener: TCPListener, didFailToAccept error: UVError) {
    metrics.didFailToAccept()
    acceptFailureLog?.record(error)
  }

  /// Counts a handshake that has failed. The reason is for those who debug a client.
  func didFailHandshake(on stream: TCPStream) {
    metrics.didFailHandshake()
    guard let reason = stream.filter?.failureReason else { return }
    logger.debug("\((try? stream.peerAddress.description) ?? "a client"): \(reason)")
  }

  func makeAcceptFailureLog() -> AcceptFailureLog? {
    try? AcceptFailureLog(loop: loop) { [unowned self] in logger.warning("\($0)") }
  }
}
