import API
import Glibc
import Logging
import UV

// Listening and accepting.

extension Server {
  /// Listens on the configured address. If there is none, it listens on all addresses of both
  /// families, or of IPv4 if the system has no IPv6.
  func makeListener(
    _ configuration: Configuration
  ) throws(ServerError) -> TCPListener {
    if let descriptor = configuration.inheritedSocket {
      do throws(UVError) {
        return try TCPListener(loop: loop, descriptor: descriptor, handler: main)
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
        defersAccept: configuration.defersAccept, handler: main)
    } catch {
      guard configuration.host == nil, error.meansNoIPv6 else {
        throw .listen(host: host, port: port, error)
      }
    }
    do throws(UVError) {
      return try TCPListener(
        loop: loop, address: .anyIPv4(port: port), sharesPort: configuration.sharesPort,
        defersAccept: configuration.defersAccept, handler: main)
    } catch {
      throw .listen(host: "0.0.0.0", port: port, error)
    }
  }

  /// Listens on the first free port that the setting allows.
  func makeListener(
    _ adminPort: AdminPort, host: String?, for admin: Port
  ) throws(ServerError) -> TCPListener {
    var port = adminPort.first
    var (host, isChosen) = (host ?? "::", host != nil)
    while true {
      do throws(UVError) {
        return try TCPListener(loop: loop, address: try resolve(host, port: port), handler: admin)
      } catch {
        if !isChosen, error.meansNoIPv6 {
          (host, isChosen) = ("0.0.0.0", true)
        } else if error.meansAddressInUse, port < adminPort.last {
          port += 1
        } else {
          throw .listenForOperators(host: host, port: port, error)
        }
      }
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
      exit(EXIT_SUCCESS)  // A return from `main` would wait for the lookup.
    }
  }

  /// Accepts connections on a port from now on.
  func accept(on port: Port) {
    port.didReceiveConnection = { [unowned self, unowned port] listener in
      acceptConnection(from: listener, on: port)
    }
    port.didFailToAccept = { [unowned self, unowned port] in didFailToAccept(on: port, $0) }
  }

  private func acceptConnection(from listener: TCPListener, on port: Port) {
    let limit = port.maximumConnectionCount
    let connection = Connection(server: self, port: port)
    do throws(UVError) {
      try connection.accept(from: listener)
    } catch {
      return didFailToAccept(on: port, error)
    }
    let connections = port.connections
    guard connections.openCount > limit else {
      // A drain can accept during another connection's read callback; the loop has one read buffer.
      return connection.startReading(hasInput: listener.defersAccept && !service.isDraining)
    }
    port.metrics.didRefuse()
    // Before the handshake, no response can be sent.
    if port.security != nil || connections.openCount > limit + Limits.refusedConnectionCount {
      connection.close()
    } else {
      connection.refuse(.tooManyConnections)
    }
  }

  private func didFailToAccept(on port: Port, _ error: UVError) {
    port.metrics.didFailToAccept()
    acceptFailureLog?.record(error)
  }

  /// Counts a handshake that failed, timed out, or that the client broke off. OpenSSL has a reason
  /// for the first, which is for those who debug a client.
  func didFailHandshake(of stream: TCPStream, on port: Port) {
    port.metrics.didFailHandshake()
    guard let reason = stream.filter?.failureReason else { return }
    logger.debug("\((try? stream.peerAddress.description) ?? "a client"): \(reason)")
  }

  func makeAcceptFailureLog() -> AcceptFailureLog? {
    try? AcceptFailureLog(loop: loop) { [unowned self] in logger.warning("\($0)") }
  }
}
