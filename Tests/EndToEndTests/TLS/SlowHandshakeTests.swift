#if TLS
import Foundation
import TestSupport
import Testing

/// What a client can make the server hold, and for how long, before it has sent a request.
@Suite(.serialized) struct SlowHandshakeTests {
  /// The part of a handshake, or of a record after it, that a client sends, and the memory that
  /// counts for it.
  struct Part: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var heldBytes: Int
    /// Sends it.
    var send: @Sendable (TLSClient, RawClient) throws -> Void
  }

  static let parts = [
    Part(testDescription: "nothing", heldBytes: 0) { _, _ in },
    Part(testDescription: "a byte", heldBytes: 65_536) { tls, raw in
      try raw.sendUntranslated(Array(tls.hello().prefix(1)))
    },
    Part(testDescription: "the header of a record", heldBytes: 65_536) { tls, raw in
      try raw.sendUntranslated(Array(tls.hello().prefix(5)))
    },
    Part(testDescription: "a part of the first message", heldBytes: 65_536) { tls, raw in
      try raw.sendUntranslated(Array(tls.hello().dropLast(9)))
    },
    Part(testDescription: "the first message", heldBytes: 40_960) { tls, raw in
      try raw.sendUntranslated(tls.hello())
    },
    Part(testDescription: "the header of a request's record", heldBytes: 16_896) { tls, raw in
      try shakeHands(tls, raw)
      try raw.sendUntranslated(Array(tls.encode(Array(Request.health.utf8)).prefix(5)))
    },
    Part(testDescription: "a part of a request", heldBytes: 16_896) { tls, raw in
      try shakeHands(tls, raw)
      try raw.sendUntranslated(Array(tls.encode(Array(Request.health.utf8)).dropLast()))
    },
    Part(testDescription: "a part of a second request", heldBytes: 16_896) { tls, raw in
      try shakeHands(tls, raw)
      let parts = try (0..<2).map { _ in try tls.encode(Array(Request.health.utf8)) }
      try raw.sendUntranslated(parts[0] + parts[1].dropLast())
      #expect(try raw.readResponse().body == "ok")
    },
  ]

  private static func shakeHands(_ tls: TLSClient, _ raw: RawClient) throws {
    try raw.sendUntranslated(tls.hello())
    while tls.isInHandshake { #expect(try raw.receiveSome()) }
  }

  @Test(arguments: parts) func memoryCounts(_ part: Part) throws {
    let server = try SecureServer(environment: ["HEAD_TIMEOUT_MS": "600000", "DEFER_ACCEPT": "0"])
    let observer = try server.client()
    try observer.waitForMetric("idgen_held_bytes") { $0 == 0 }
    var clients = try server.clients(20, part.send)
    try observer.waitForMetric("idgen_connections_open") { $0 == 21 }
    try observer.waitForMetric("idgen_held_bytes") { $0 == 20 * part.heldBytes }
    clients = []
    try observer.waitForMetric("idgen_held_bytes") { $0 == 0 }
    #expect(clients.isEmpty)
  }

  /// Handshakes wait for their turn while others take half of the budget. Those that do not go on
  /// give way: a client that comes last is served first.
  @Test(arguments: [parts[3], parts[4]])
  func twoThousandKeepNobodyOut(_ part: Part) throws {
    let server = try SecureServer(environment: ["HEAD_TIMEOUT_MS": "600000"])
    let observer = try server.client()
    let before = try observer.metric("process_resident_memory_bytes")
    let clients = try server.clients(2000, part.send)
    for _ in 0..<3 {
      let client = try server.client()
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    let limit = try observer.metric("idgen_held_bytes_max")
    #expect(try observer.metric("idgen_held_bytes") < limit)
    #expect(try observer.metric("idgen_connections_evicted_total") == 0)
    #expect(try observer.metric("process_resident_memory_bytes") - before < 3 * limit)
    #expect(clients.count == 2000)
  }

  /// The handshakes of 300 clients would take 12 MB together. None is evicted for that: each gets
  /// its turn. On a machine that is very busy, one can give way, and its client tries again.
  @Test func clientsThatConnectAtOnceAreAllServed() throws {
    let server = try SecureServer(environment: ["MAX_HELD_BYTES": "2097152"])
    let observer = try server.client()
    let script = """
      import asyncio, ssl, sys
      context = ssl.create_default_context(cafile=sys.argv[2])
      async def ask():
          for attempt in range(50):
              try:
                  reader, writer = await asyncio.open_connection(
                      "localhost", int(sys.argv[1]), ssl=context)
                  writer.write(b"GET /id HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
                  head = await reader.readline()
                  await reader.read()
                  return head.startswith(b"HTTP/1.1 200 ")
              except OSError:
                  pass
          return False
      async def main():
          print(sum(await asyncio.gather(*[ask() for _ in range(300)])))
      asyncio.run(main())
      """
    let authority = server.certificates.certificate("authority")
    let tool = try Tool.run("python3", ["-c", script, "\(server.running.port)", authority])
    #expect(tool.standardOutput == "300\n", "\(tool.standardError)")
    #expect(try observer.metric("idgen_connections_evicted_total") == 0)
    #expect(try observer.metric("idgen_ids_total") == 300)
  }

  /// The others are answered all the while, and the number that stays open follows from the budget.
  @Test(arguments: [parts[6]])
  func twoThousandStayWithinTheBudget(_ part: Part) throws {
    let server = try SecureServer(environment: ["HEAD_TIMEOUT_MS": "600000"])
    let observer = try server.client()
    let before = try observer.metric("process_resident_memory_bytes")
    let clients = try server.clients(2000) { tls, raw in
      try? part.send(tls, raw)  // One that has been evicted cannot go on.
    }
    try observer.send(Request.health)
    #expect(try observer.readResponse().body == "ok")
    try observer.waitForMetric("idgen_connections_accepted_total") { $0 == 2001 }
    let limit = try observer.metric("idgen_held_bytes_max")
    let held = try observer.waitForMetric("idgen_held_bytes") { $0 <= limit }
    let open = try observer.metric("idgen_connections_open") - 1
    let resident = try observer.metric("process_resident_memory_bytes") - before
    #expect(open * part.heldBytes...(open + 1) * part.heldBytes ~= held)
    #expect(open >= limit / part.heldBytes / 2)
    let evicted = try observer.metric("idgen_connections_evicted_total")
    #expect(evicted == 2000 - open)
    #expect(resident < 3 * limit)
    #expect(clients.count == 2000)
  }

  /// Within the time for a head; the time for an idle connection would be far longer.
  @Test(arguments: parts.filter { $0.testDescription != "nothing" })
  func handshakeAndRecordAreTimedOut(_ part: Part) throws {
    let server = try SecureServer(environment: ["HEAD_TIMEOUT_MS": "500", "ADMIN_PORT": "0"])
    let (tls, raw) = try server.newClient()
    try part.send(tls, raw)
    let isInHandshake = tls.isInHandshake
    tls.isDeaf = true
    while try raw.receiveSome() {}  // To the end of the stream.
    let observer = try RawClient(port: server.running.adminPort())
    let failureCount = try observer.metric("idgen_tls_handshake_failures_total")
    #expect(failureCount == (isInHandshake ? 1 : 0))
  }

  @Test func connectionsPastTheLimitAreClosed() throws {
    let server = try SecureServer(environment: ["MAX_CONNECTIONS": "2"])
    let clients = try [server.client(), server.client()]
    #expect(throws: HarnessError.self) { try server.client() }
    for client in clients {
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    #expect(try clients[0].metric("idgen_connections_refused_total") == 1)
  }
}
#endif
