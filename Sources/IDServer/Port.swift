import API
import UV

/// A port that the server listens on, and what its clients share: resources, connections, memory.
final class Port: TCPListenerHandler {
  let router: Router
  let maximumConnectionCount: Int
  /// How many handshakes can be in progress: they may take half of the buffer budget.
  let maximumHandshakeCount: Int
  let connections: ConnectionTable
  let bufferBudget: BufferBudget
  let metrics = ConnectionMetrics()
  /// Makes the filters of its connections; `nil` if they are not encrypted.
  let security: (any ReloadingSecurity)?
  /// `nil` once the port accepts no more connections.
  var listener: TCPListener?
  /// Called when a connection can be accepted, and when one could not.
  var didReceiveConnection: (TCPListener) -> Void = { _ in }
  var didFailToAccept: (UVError) -> Void = { _ in }

  /// - Parameters:
  ///   - limits: of connections and of buffers, for this port alone; of time.
  ///   - security: see ``security``.
  init(
    _ router: Router, limits: Limits, loop: Loop, security: (any ReloadingSecurity)? = nil
  ) throws(UVError) {
    self.router = router
    self.security = security
    maximumConnectionCount = limits.connectionCount
    maximumHandshakeCount = max(1, limits.heldBytes / 2 / Limits.handshakeBytes)
    connections = try ConnectionTable(loop: loop, limits: limits)
    bufferBudget = BufferBudget(limitBytes: limits.heldBytes)
  }

  func listenerDidReceiveConnection(_ listener: TCPListener) { didReceiveConnection(listener) }

  func listener(_ listener: TCPListener, didFailToAccept error: UVError) { didFailToAccept(error) }

  /// The address, such as `http://[::]:8080`; empty if it does not listen.
  var address: String {
    guard let address = try? listener?.address else { return "" }
    return "\(security == nil ? "http" : "https")://\(address)"
  }

  /// Closes the listener and all connections.
  func closeAll() {
    listener?.close()
    listener = nil
    for connection in connections.all { connection.close() }
  }
}
