#if TLS
import TLS
import TestSupport

/// A client's TLS, over the socket of a ``RawClient``.
final class TLSClient: ByteTranslator {
  private let transport: TransportBuffer
  private let engine: TLSEngine

  init(_ context: TLSContext, host: String = "localhost") throws {
    transport = try TransportBuffer()
    engine = try TLSEngine(context, transport: transport, host: host)
  }

  /// Ignores what has come, and so does not go on.
  var isDeaf = false

  var isInHandshake: Bool { engine.phase == .handshake }

  /// The subject of the server's certificate.
  var peerName: String? { engine.peerName }

  /// Whether the server has sent close_notify.
  var hasPeerEnded: Bool { engine.phase == .peerEnded }

  /// What a client sends first.
  func hello() throws -> [UInt8] {
    try engine.start()
    return transport.takeOutput()
  }

  func encode(_ bytes: [UInt8]) throws -> [UInt8] {
    try engine.send(bytes.span)
    return transport.takeOutput()
  }

  func decode(_ bytes: [UInt8]) throws -> (bytes: [UInt8], reply: [UInt8]) {
    if isDeaf { return ([], []) }
    var plaintext: [UInt8] = []
    try engine.receive(bytes.span, appendingTo: &plaintext)
    return (plaintext, transport.takeOutput())
  }

  /// close_notify.
  func end() -> [UInt8] {
    engine.end()
    return transport.takeOutput()
  }
}

/// A server with TLS, for clients in the process of the test. ``TLSServer`` is for other programs.
struct SecureServer {
  let certificates: Certificates
  let context: TLSContext
  let running: RunningServer

  /// - Parameters:
  ///   - environment: what is set beside the files of TLS.
  ///   - days: how long the certificate holds; negative for one that has expired.
  init(environment: [String: String] = [:], days: Int = 2) throws {
    let certificates = try Certificates()
    try certificates.makeFiles("server", days: days)
    self.certificates = certificates
    context = try TLSContext(clientTrusting: certificates.read("authority.pem"))
    running = try RunningServer(
      environment: TLSServer.settings(certificates).merging(environment) { $1 })
  }

  /// A client whose handshake has not begun.
  func newClient() throws -> (tls: TLSClient, raw: RawClient) {
    let tls = try TLSClient(context)
    return (tls, try RawClient(port: running.port, translator: tls))
  }

  /// A client that can send requests.
  func client() throws -> RawClient { try connect().raw }

  /// The same, with its side of TLS.
  func connect(receiveBytes: Int32? = nil) throws -> (tls: TLSClient, raw: RawClient) {
    try Self.connect(context, port: running.port, receiveBytes: receiveBytes)
  }

  static func connect(
    _ context: TLSContext, port: UInt16, receiveBytes: Int32? = nil
  ) throws -> (tls: TLSClient, raw: RawClient) {
    let tls = try TLSClient(context)
    let raw = try RawClient(port: port, receiveBytes: receiveBytes, translator: tls)
    try raw.sendUntranslated(tls.hello())
    while tls.isInHandshake {
      guard try raw.receiveSome() else { throw HarnessError("no handshake") }
    }
    return (tls, raw)
  }

  /// Many clients whose connections are in the same state: they have sent only a part.
  ///
  /// - Parameter sends: is given each client to bring it into that state.
  func clients(
    _ count: Int, _ sends: (TLSClient, RawClient) throws -> Void
  ) throws -> [(tls: TLSClient, raw: RawClient)] {
    try (0..<count).map { _ in
      let client = try newClient()
      try sends(client.tls, client.raw)
      return client
    }
  }
}
#endif
