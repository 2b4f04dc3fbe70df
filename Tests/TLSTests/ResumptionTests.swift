#if TLS
import COpenSSL
import TestSupport
import Testing

@testable import TLS

/// Connections that go on from an earlier one, by a ticket: RFC 5077, RFC 8446 §2.2.
struct ResumptionTests {
  private let certificates: Certificates
  private let authorities: [UInt8]
  private let client: TLSContext

  init() throws {
    certificates = try Certificates()
    authorities = try certificates.read("authority.pem")
    client = try TLSContext(clientTrusting: authorities, identity: certificates.make("client"))
  }

  private func server() throws -> TLSContext {
    try TLSContext(server: certificates.make("server"), clientAuthorities: authorities)
  }

  private func session(
    with server: TLSContext, of client: TLSContext? = nil
  ) throws -> TLSSession {
    let wire = try Wire(server, client ?? self.client)
    wire.run()
    #expect(!wire.client.isResumed)
    try wire.send(toClient: [1])  // After the tickets of TLS 1.3.
    wire.run()
    wire.endClient()
    wire.endServer()
    wire.run()
    return try #require(wire.client.session)
  }

  /// The server keeps no sessions: the ticket alone says who the client is.
  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func clientIsKnownAfterResumption(_ version: Int32) throws {
    client.offer(versions: version...version)
    let server = try server()
    for _ in 0..<3 {
      let wire = try Wire(server, client, resuming: session(with: server))
      wire.run()
      #expect(wire.serverError == nil && wire.clientError == nil)
      #expect(wire.client.isResumed && wire.server.isResumed)
      #expect(wire.server.peerName == "CN=client,O=idgen")
    }
    #expect(server.keptSessionCount == 0)
  }

  /// Each context has keys of its own: after a change of the authorities, all are verified anew.
  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func anotherContextVerifiesAnew(_ version: Int32) throws {
    client.offer(versions: version...version)
    let session = try session(with: server())
    let same = try Wire(server(), client, resuming: session)
    same.run()
    #expect(same.server.phase == .open && !same.server.isResumed)
    try certificates.makeAuthority("stranger")
    let stricter = try TLSContext(
      server: certificates.make("server"), clientAuthorities: certificates.read("stranger.pem"))
    let wire = try Wire(stricter, client, resuming: session)
    wire.run()
    #expect(wire.server.phase == .failed)
    #expect(wire.serverError?.description.hasPrefix("the peer's certificate is refused") == true)
  }

  /// As if the certificate expired between the connections: the first one ignores the time.
  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func expiredClientIsNotResumed(_ version: Int32) throws {
    let server = try server()
    server.ignoreTime()
    let client = try TLSContext(
      clientTrusting: authorities, identity: certificates.make("expired", days: -1))
    client.offer(versions: version...version)
    let wire = try Wire(server, client, resuming: session(with: server, of: client))
    wire.run()
    #expect(wire.server.isResumed && wire.server.phase == .failed)
    #expect(
      wire.serverError?.description
        == "the peer's certificate is refused: certificate has expired")
  }

  /// It would let a client make the server work without end. TLS 1.3 has none.
  @Test func renegotiationIsRefused() throws {
    client.offer(versions: TLS1_2_VERSION...TLS1_2_VERSION)
    client.allowRenegotiation()
    let wire = try Wire(server(), client)
    wire.run()
    #expect(wire.client.renegotiate())
    let hello = wire.transport.takeOutput()
    #expect(!hello.isEmpty)
    wire.flights.server += hello
    wire.run()
    // The refusal is an alert that is a warning: RFC 5246 §7.2.2. The client then gives up.
    #expect(wire.clientError != nil)
    #expect(wire.received.server.isEmpty)
  }
}
#endif
