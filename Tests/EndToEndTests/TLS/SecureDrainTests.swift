#if TLS
import Foundation
import Synchronization
import TLS
import TestSupport
import Testing

/// Encrypted connections end without a lost response, and no handshake holds up the end.
@Suite(.serialized) struct SecureDrainTests {
  private static let patient = [
    "DEFER_ACCEPT": "0", "HEAD_TIMEOUT_MS": "600000", "DRAIN_TIMEOUT_MS": "600000",
  ]

  /// It is as idle as a plain connection without a request.
  @Test func silentClientIsNotAwaited() throws {
    let server = try SecureServer(environment: Self.patient)
    let observer = try server.client()
    let silent = try server.newClient()
    try observer.waitForMetric("idgen_connections_open") { $0 == 2 }
    server.running.send(SIGTERM)
    #expect(try silent.raw.readToEnd() == "")
    #expect(try server.running.waitForExit() == .status(0))
  }

  /// Its request follows, and is answered.
  @Test func begunHandshakeIsFinished() throws {
    let server = try SecureServer(environment: Self.patient)
    let (tls, raw) = try server.newClient()
    try raw.sendUntranslated(tls.hello())
    #expect(raw.hasInput(milliseconds: 30_000))
    server.running.send(SIGTERM)
    #expect(try server.running.waitForLog(containing: "draining 1 connections"))
    usleep(500_000)  // For longer than an idle connection would stay.
    while tls.isInHandshake { #expect(try raw.receiveSome()) }
    try raw.send(Request.health)
    let response = try raw.readResponse()
    #expect(response.body == "ok")
    #expect(response["Connection"] == "close")
    #expect(try raw.readToEnd() == "")
    #expect(tls.hasPeerEnded)
    raw.finishSending()
    #expect(try server.running.waitForExit() == .status(0))
  }

  /// Far more than one read takes: the end is announced by none but the last.
  @Test(arguments: [1, 100]) func pipelinedRequestsAreAnswered(requestsInARecord: Int) throws {
    let server = try SecureServer(environment: Self.patient)
    let (tls, raw) = try server.connect()
    let count = 3000
    let record = Array(String(repeating: Request.id, count: requestsInARecord).utf8)
    var bytes: [UInt8] = []
    for _ in 0..<count / requestsInARecord { bytes += try tls.encode(record) }
    server.running.send(SIGSTOP)
    try raw.sendUntranslated(bytes)
    server.running.send(SIGTERM)
    server.running.send(SIGCONT)
    for index in 0..<count {
      let response = try raw.readResponse()
      try #require(response.status == 200)
      try #require(response["Connection"] != "close" || index == count - 1)
    }
    #expect(try raw.readToEnd() == "")
    raw.finishSending()
    #expect(try server.running.waitForExit() == .status(0))
  }

  /// Each request that is sent is answered until the server says that it is the last.
  @Test func requestsUnderLoadAreAnswered() throws {
    let server = try SecureServer(environment: ["DRAIN_TIMEOUT_MS": "600000"])
    let port = server.running.port
    let authorities = try server.certificates.read("authority.pem")
    let outcomes = Mutex<[String]>([])
    let connectedCount = Atomic(0)
    let clients = Threads()
    for _ in 0..<8 {
      clients.run {
        let outcome = Result {
          let context = try TLSContext(clientTrusting: authorities)
          let (tls, raw) = try SecureServer.connect(context, port: port)
          connectedCount.add(1, ordering: .relaxed)
          while true {
            try raw.send(Request.id)
            if try raw.readResponse()["Connection"] == "close" { break }
          }
          let rest = try raw.readToEnd()
          return tls.hasPeerEnded ? "closed\(rest)" : "cut off"
        }
        outcomes.withLock { $0.append((try? outcome.get()) ?? "\(outcome)") }
      }
    }
    while connectedCount.load(ordering: .relaxed) < 8, outcomes.withLock(\.isEmpty) { usleep(1000) }
    usleep(100_000)
    server.running.send(SIGTERM)
    clients.wait()
    #expect(outcomes.withLock { $0 } == Array(repeating: "closed", count: 8))
    #expect(try server.running.waitForExit() == .status(0))
  }
}

/// Threads of their own: those of a queue begin only as others end.
private final class Threads {
  private let group = DispatchGroup()

  func run(_ body: @escaping @Sendable () -> Void) {
    group.enter()
    Thread.detachNewThread { [group] in
      body()
      group.leave()
    }
  }

  func wait() { group.wait() }
}

/// Files that change while the server runs.
@Suite(.serialized) struct RotationTests {
  /// As after a restart that nobody has expected: it serves, says so, and is alive.
  @Test func expiredCertificateIsServed() throws {
    let server = try SecureServer(days: -1)
    let file = server.certificates.path("server.pem")
    #expect(
      try server.running.waitForLog(
        containing: "TLS_CERTIFICATE_FILE \(file): certificate 1 in it has expired"))
    let health = try Tool.idgen(
      "health",
      environment: [
        "PORT": "\(server.running.port)", "TLS_CERTIFICATE_FILE": file,
        "TLS_KEY_FILE": server.certificates.path("server.key"),
      ])
    #expect(health.exit == .status(0), "\(health.standardError)")
    #expect(throws: TLSError.self) { try server.client() }
  }

  /// New connections see the new certificate, old ones go on, and no request is lost. A key that
  /// does not fit is reported and changes nothing.
  @Test func certificatesAreReplacedUnderLoad() throws {
    let server = try SecureServer()
    for name in ["second", "third"] { try server.certificates.makeFiles(name) }
    let (old, oldClient) = try server.connect()
    #expect(old.peerName == "CN=server,O=idgen")
    let port = server.running.port
    let authorities = try server.certificates.read("authority.pem")
    let isOver = Atomic(false)
    let failures = Mutex<[String]>([])
    let clients = Threads()
    for _ in 0..<2 {
      clients.run {
        while !isOver.load(ordering: .relaxed) {
          do {
            let client = try SecureServer.connect(
              TLSContext(clientTrusting: authorities), port: port
            ).raw
            try client.send(Request.id)
            let response = try client.readResponse()
            if response.status != 200 { throw HarnessError(response.head) }
          } catch {
            failures.withLock { $0.append("\(error)") }
          }
          usleep(2000)
        }
      }
    }
    try server.certificates.run("cp second.pem server.pem; sleep 0.1; cp second.key server.key")
    #expect(
      try server.running.waitForLog(
        containing: "new connections of clients use the TLS files that have changed"))
    #expect(try server.connect().tls.peerName == "CN=second,O=idgen")
    try server.certificates.run("cp third.key server.key")
    #expect(
      try server.running.waitForLog(
        containing: "new connections of clients use the last TLS files, not those that have "
          + "changed: TLS_KEY_FILE \(server.certificates.path("server.key")): it is not the key "
          + "of the certificate"))
    #expect(try server.connect().tls.peerName == "CN=second,O=idgen")
    isOver.store(true, ordering: .relaxed)
    clients.wait()
    #expect(failures.withLock { $0 } == [])
    try oldClient.send(Request.health)
    #expect(try oldClient.readResponse().body == "ok")
    #expect(try oldClient.metric("idgen_tls_handshake_failures_total") == 0)
    #expect(try server.running.stop() == .status(0))
  }
}
#endif
