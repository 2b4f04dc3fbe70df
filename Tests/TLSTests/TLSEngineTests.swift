#if TLS
import COpenSSL
import TestSupport
import Testing

@testable import TLS

struct TLSEngineTests {
  private let certificates: Certificates

  init() throws { certificates = try Certificates() }

  private func client() throws -> TLSContext {
    try TLSContext(clientTrusting: certificates.read("authority.pem"))
  }

  /// Each message takes the server as long as a request, and hundreds of KeyUpdate fit into a read.
  @Test func messagesWithoutDataAreLimited() throws {
    let wire = try Wire(TLSContext(server: certificates.make("server")), try client())
    wire.run()
    var updates: [UInt8] = []
    while updates.count <= 20_000 {
      wire.client.requestKeyUpdate()
      updates += wire.transport.takeOutput()
    }
    wire.flights.server = updates
    wire.deliverToServer()
    #expect(wire.serverError?.description == "hundreds of messages without data")
    #expect(wire.server.phase == .failed)
  }

  /// The authority of the clients need not be a root.
  @Test func intermediateAuthorityIsTrusted() throws {
    try certificates.makeFiles("middle", names: "DNS:a\nbasicConstraints=critical,CA:TRUE")
    try certificates.makeFiles("client", authority: "middle")
    let wire = try Wire(
      TLSContext(
        server: certificates.make("server"), clientAuthorities: certificates.read("middle.pem")),
      TLSContext(
        clientTrusting: certificates.read("authority.pem"),
        identity: TLSContext.Identity(
          certificates: certificates.read("client.pem"), key: certificates.read("client.key"))))
    wire.run()
    #expect(wire.serverError == nil)
    #expect(wire.server.peerName == "CN=client,O=idgen")
  }

  /// The message that asks for a certificate has no room for the names of so many authorities.
  @Test func manyAuthoritiesAreTrusted() throws {
    let authority = try certificates.read("authority.pem")
    let wire = try Wire(
      TLSContext(
        server: certificates.make("server"),
        clientAuthorities: Array(repeatElement(authority, count: 4000).joined())),
      TLSContext(clientTrusting: authority, identity: certificates.make("client")))
    wire.run()
    #expect(wire.serverError == nil)
    #expect(wire.server.peerName == "CN=client,O=idgen")
  }

  @Test(
    arguments: [1, 7, 1000, 100_000], [TLS1_2_VERSION, TLS1_3_VERSION])
  func bytesGoBothWays(_ partBytes: Int, _ version: Int32) throws {
    let client = try client()
    client.offer(versions: version...version)
    let wire = try Wire(
      TLSContext(server: certificates.make("server")), client, partBytes: partBytes)
    wire.run()
    #expect(wire.serverError == nil)
    #expect(wire.clientError == nil)
    #expect(wire.server.version == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"))
    let request = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try wire.send(toServer: request)
    try wire.send(toClient: Array("answer".utf8))
    wire.run()
    #expect(wire.received.server == request)
    #expect(wire.received.client == Array("answer".utf8))
    wire.endClient()
    wire.run()
    #expect(wire.server.phase == .peerEnded)
    // The other direction is still open.
    try wire.send(toClient: Array(" and more".utf8))
    wire.run()
    #expect(wire.received.client == Array("answer and more".utf8))
    wire.endServer()
    wire.run()
    #expect(wire.client.phase == .peerEnded)
    #expect(wire.clientError == nil && wire.serverError == nil)
  }

  @Test func endIsSaidOnce() throws {
    let server = try TLSContext(server: certificates.make("server"))
    let client = try TLSContext(clientTrusting: certificates.read("authority.pem"))
    let wire = try Wire(server, client, partBytes: 1000)
    wire.run()
    wire.server.end()
    let output = wire.transport.takeOutput()
    #expect(!output.isEmpty)
    wire.server.end()
    #expect(wire.transport.takeOutput().isEmpty)
    try wire.client.receive(output.span, appendingTo: &wire.received.client)
    #expect(wire.client.phase == .peerEnded)
  }

  @Test func tls11IsRefused() throws {
    let client = try client()
    client.offer(versions: TLS1_1_VERSION...TLS1_1_VERSION)
    let wire = try Wire(TLSContext(server: certificates.make("server")), client)
    wire.run()
    #expect(wire.serverError?.description == "the handshake failed: unsupported protocol")
    #expect(wire.clientError?.description == "the handshake failed: tlsv1 alert protocol version")
  }

  /// RFC 7301.
  @Test(arguments: [
    (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), ([], ""),
    (["h2"], nil), (["http/1.0", "h2c"], nil), (["http/1.10"], nil),
  ]) func protocolIsChosen(_ offered: [String], _ chosen: String?) throws {
    let client = try client()
    client.offer(protocols: offered)
    let wire = try Wire(TLSContext(server: certificates.make("server")), client)
    wire.run()
    #expect((wire.client.phase == .open) == (chosen != nil))
    #expect(wire.client.chosenProtocol == chosen ?? "")
    #expect(
      wire.clientError?.description
        == (chosen == nil ? "the handshake failed: tlsv1 alert no application protocol" : nil))
  }

  /// RFC 9525: the whole name in subjectAltName, with a wildcard for its first label at most.
  @Test(
    arguments: [
      ("localhost", "DNS:localhost", 2, nil), ("LocalHost", "DNS:localhost", 2, nil),
      ("127.0.0.1", "IP:127.0.0.1", 2, nil), ("::1", "IP:::1", 2, nil),
      ("a.example.com", "DNS:*.example.com", 2, nil),
      ("localhost", "DNS:other", 2, "hostname mismatch"),
      ("a.b.example.com", "DNS:*.example.com", 2, "hostname mismatch"),
      ("example.com", "DNS:*.example.com", 2, "hostname mismatch"),
      ("abc.example.com", "DNS:a*.example.com", 2, "hostname mismatch"),
      ("a.example.com", "DNS:a.*.com", 2, "hostname mismatch"),
      ("127.0.0.1", "IP:127.0.0.2", 2, "IP address mismatch"),
      ("127.0.0.1", "DNS:127.0.0.1", 2, "IP address mismatch"),
      ("server", nil, 2, "hostname mismatch"),  // It is the common name.
      ("server", "email:a@b", 2, "hostname mismatch"),
      ("localhost", "DNS:localhost", -1, "certificate has expired"),
    ] as [(String, String?, Int, String?)])
  func clientVerifies(_ host: String, _ names: String?, _ days: Int, _ reason: String?) throws {
    let server = try TLSContext(server: certificates.make("server", names: names, days: days))
    let wire = try Wire(server, client(), host: host, partBytes: 1000)
    wire.run()
    #expect(
      wire.clientError?.description
        == reason.map { "the peer's certificate is refused: \($0)" })
    #expect((wire.client.phase == .open) == (reason == nil))
  }

  @Test func clientRefusesAnotherAuthority() throws {
    try certificates.makeAuthority("stranger")
    let server = try TLSContext(server: certificates.make("server", authority: "stranger"))
    let wire = try Wire(server, client())
    wire.run()
    #expect(
      wire.clientError?.description
        == "the peer's certificate is refused: unable to get local issuer certificate")
    #expect(wire.serverError?.description == "the handshake failed: tlsv1 alert unknown ca")
  }

  enum ClientCertificate: Sendable { case right, none, stranger, expired }

  @Test(
    arguments: [
      (.right, nil), (.none, "the handshake failed: peer did not return a certificate"),
      (
        .stranger,
        "the peer's certificate is refused: unable to get local issuer certificate"
      ),
      (.expired, "the peer's certificate is refused: certificate has expired"),
    ] as [(ClientCertificate, String?)], [TLS1_2_VERSION, TLS1_3_VERSION])
  func serverVerifies(_ expected: (ClientCertificate, String?), _ version: Int32) throws {
    try certificates.makeAuthority("stranger")
    let identity: TLSContext.Identity? =
      switch expected.0 {
      case .right: try certificates.make("client")
      case .none: nil
      case .stranger: try certificates.make("client", authority: "stranger")
      case .expired: try certificates.make("client", days: -1)
      }
    let authorities = try certificates.read("authority.pem")
    let server = try TLSContext(
      server: certificates.make("server"), clientAuthorities: authorities)
    let client = try TLSContext(clientTrusting: authorities, identity: identity)
    client.offer(versions: version...version)
    let wire = try Wire(server, client)
    wire.run()
    #expect(wire.serverError?.description == expected.1)
    #expect((wire.server.phase == .open) == (expected.1 == nil))
    #expect(wire.server.peerName == (expected.1 == nil ? "CN=client,O=idgen" : nil))
    #expect((wire.clientError == nil) == (expected.1 == nil))
  }

  /// Nothing of a record that was changed on the way is received, and the connection has failed.
  @Test func changedRecordIsRefused() throws {
    let wire = try Wire(TLSContext(server: certificates.make("server")), client())
    wire.run()
    try wire.send(toServer: Array("whole".utf8))
    let first = wire.flights.server.count
    try wire.send(toServer: Array("changed".utf8))
    wire.flights.server[first + 7] ^= 1
    wire.run()
    #expect(wire.received.server == Array("whole".utf8))
    #expect(wire.server.phase == .failed)
    #expect(
      wire.serverError?.description == "reading failed: decryption failed or bad record mac")
    #expect(throws: TLSError.self) { try wire.server.send(Array("answer".utf8).span) }
  }

  /// RFC 8446 §5.2: 16,384 bytes and 256 of encryption; before it begins, 16,384.
  @Test(
    arguments: [
      (true, 16_641, "reading failed: encrypted length too long"),
      (false, 65_535, "the handshake failed: (packet|data) length too long"),
    ])
  func oversizedRecordIsRefused(isEncrypted: Bool, byteCount: Int, reason: String) throws {
    let wire = try Wire(TLSContext(server: certificates.make("server")), client())
    if isEncrypted { wire.run() }
    // The type, the version, and the length: nothing of the content is waited for.
    wire.flights.server = [
      isEncrypted ? 23 : 22, 3, 3, UInt8(byteCount >> 8), UInt8(byteCount & 255),
    ]
    wire.run()
    #expect(wire.server.phase == .failed)
    #expect(wire.serverError?.description.wholeMatch(of: try Regex(reason)) != nil)
  }
}
#endif
