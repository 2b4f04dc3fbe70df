#if TLS
import Foundation
import TestSupport
import Testing

@testable import TLS

/// Two engines, and a wire between them that delivers as many bytes at a time as a test says.
private final class Wire {
  let transport: TransportBuffer
  let server: TLSEngine
  let client: TLSEngine
  var serverError: TLSError?
  var clientError: TLSError?
  var received: (server: [UInt8], client: [UInt8]) = ([], [])
  let partBytes: Int
  private var flights: (server: [UInt8], client: [UInt8]) = ([], [])

  init(_ server: TLSContext, _ client: TLSContext, host: String? = "localhost", partBytes: Int)
    throws
  {
    transport = try TransportBuffer()
    self.server = try TLSEngine(server, transport: transport)
    self.client = try TLSEngine(client, transport: transport, host: host)
    self.partBytes = partBytes
    try self.client.start()
    collect(&flights.server)
  }

  /// `flights.server` is what goes to the server.
  private func collect(_ flight: inout [UInt8]) {
    flight += transport.takeOutput()
  }

  func send(toServer bytes: [UInt8]) throws {
    try client.send(bytes.span)
    collect(&flights.server)
  }

  func send(toClient bytes: [UInt8]) throws {
    try server.send(bytes.span)
    collect(&flights.client)
  }

  /// Delivers until nothing is under way.
  func run() {
    while !flights.server.isEmpty || !flights.client.isEmpty {
      let toServer = Array(flights.server.prefix(partBytes))
      flights.server.removeFirst(toServer.count)
      if !toServer.isEmpty, serverError == nil {
        do { try server.receive(toServer.span, appendingTo: &received.server) } catch {
          serverError = error
        }
        collect(&flights.client)
      }
      let toClient = Array(flights.client.prefix(partBytes))
      flights.client.removeFirst(toClient.count)
      if !toClient.isEmpty, clientError == nil {
        do { try client.receive(toClient.span, appendingTo: &received.client) } catch {
          clientError = error
        }
        collect(&flights.server)
      }
    }
  }
}

struct TLSEngineTests {
  private let certificates: Certificates

  init() throws { certificates = try Certificates() }

  @Test(arguments: [1, 7, 1000, 100_000])
  func bytesGoBothWays(_ partBytes: Int) throws {
    let server = try TLSContext(server: certificates.make("server"))
    let client = try TLSContext(clientTrusting: certificates.read("authority.pem"))
    let wire = try Wire(server, client, partBytes: partBytes)
    wire.run()
    #expect(wire.serverError == nil)
    #expect(wire.clientError == nil)
    let request = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try wire.send(toServer: request)
    try wire.send(toClient: Array("answer".utf8))
    wire.run()
    #expect(wire.received.server == request)
    #expect(wire.received.client == Array("answer".utf8))
    wire.client.end()
    #expect(wire.server.phase == .open)
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

  @Test(
    arguments: [
      ("localhost", "DNS:localhost", 2, nil), ("127.0.0.1", "IP:127.0.0.1", 2, nil),
      ("localhost", "DNS:other", 2, "hostname mismatch"),
      ("127.0.0.1", "IP:127.0.0.2", 2, "IP address mismatch"),
      ("localhost", "DNS:localhost", -1, "certificate has expired"),
    ] as [(String, String, Int, String?)])
  func clientVerifies(_ host: String, _ names: String, _ days: Int, _ reason: String?) throws {
    let server = try TLSContext(server: certificates.make("server", names: names, days: days))
    let client = try TLSContext(clientTrusting: certificates.read("authority.pem"))
    let wire = try Wire(server, client, host: host, partBytes: 1000)
    wire.run()
    #expect(
      wire.clientError?.description
        == reason.map { "the peer's certificate is refused: \($0)" })
    #expect((wire.client.phase == .open) == (reason == nil))
  }
}
#endif
