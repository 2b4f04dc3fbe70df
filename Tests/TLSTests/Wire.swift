#if TLS
@testable import TLS

/// Two engines, and a wire between them that delivers as many bytes at a time as a test says.
final class Wire {
  let transport: TransportBuffer
  let server: TLSEngine
  let client: TLSEngine
  var serverError: TLSError?
  var clientError: TLSError?
  var received: (server: [UInt8], client: [UInt8]) = ([], [])
  let partBytes: Int
  /// What is under way to each.
  var flights: (server: [UInt8], client: [UInt8]) = ([], [])

  init(
    _ server: TLSContext, _ client: TLSContext, host: String? = "localhost",
    partBytes: Int = 100_000, resuming session: TLSSession? = nil
  ) throws {
    transport = try TransportBuffer()
    self.server = try TLSEngine(server, transport: transport)
    self.client = try TLSEngine(client, transport: transport, host: host)
    self.partBytes = partBytes
    if let session { self.client.resume(session) }
    try self.client.start()
    flights.server += transport.takeOutput()
  }

  func send(toServer bytes: [UInt8]) throws(TLSError) {
    try client.send(bytes.span)
    flights.server += transport.takeOutput()
  }

  func send(toClient bytes: [UInt8]) throws(TLSError) {
    try server.send(bytes.span)
    flights.client += transport.takeOutput()
  }

  /// Who has said that it sends no more.
  private(set) var hasEnded = (server: false, client: false)

  /// close_notify.
  func endClient() {
    hasEnded.client = true
    client.end()
    flights.server += transport.takeOutput()
  }

  func endServer() {
    hasEnded.server = true
    server.end()
    flights.client += transport.takeOutput()
  }

  /// Delivers until nothing is under way.
  func run() {
    while !flights.server.isEmpty || !flights.client.isEmpty {
      deliverToServer()
      deliverToClient()
    }
  }

  func deliverToServer() {
    let part = Array(flights.server.prefix(partBytes))
    flights.server.removeFirst(part.count)
    if part.isEmpty || serverError != nil { return }
    do throws(TLSError) {
      try server.receive(part.span, appendingTo: &received.server)
    } catch {
      serverError = error
    }
    flights.client += transport.takeOutput()
  }

  func deliverToClient() {
    let part = Array(flights.client.prefix(partBytes))
    flights.client.removeFirst(part.count)
    if part.isEmpty || clientError != nil { return }
    do throws(TLSError) {
      try client.receive(part.span, appendingTo: &received.client)
    } catch {
      clientError = error
    }
    flights.server += transport.takeOutput()
  }
}
#endif
