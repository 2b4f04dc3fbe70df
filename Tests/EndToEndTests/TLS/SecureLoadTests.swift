#if TLS
import Foundation
import Testing

/// What holds for plain connections holds for encrypted ones: limits, order, ends.
@Suite(.serialized) struct SecureLoadTests {
  /// The answers would be 200 MB. The server goes on only as they are read.
  @Test func readerThatNeverReads() throws {
    let server = try SecureServer(environment: ["MAX_QUEUED_BYTES": "1048576"])
    let (tls, raw) = try server.connect(receiveBytes: 4096)
    let request = "GET /ids?count=1000 HTTP/1.1\r\nHost: a\r\n\r\n"
    let requests = try tls.encode(Array(String(repeating: request, count: 10_000).utf8))
    let other = try server.client()
    var (sent, roundsLeft) = (0, 200)
    while roundsLeft > 0 {
      sent += raw.sendAtOnce(requests[sent...])
      try other.send(Request.health)
      #expect(try other.readResponse().body == "ok")
      let held = try other.metric("idgen_held_bytes")
      try #require(held < 1 << 21)
      if held >= 1 << 20 { roundsLeft -= 1 }
    }
    for _ in 0..<100 { #expect(try raw.readResponse().status == 200) }
  }

  /// All together would be 150 MB. Some are closed, and who reads is answered all the while.
  @Test func manyThatNeverRead() throws {
    let heldBytes = 8_388_608
    let server = try SecureServer(environment: ["MAX_HELD_BYTES": "\(heldBytes)"])
    let reader = try server.client()
    let requests = Array(String(repeating: Request.get("/"), count: 1000).utf8)
    var deaf = try (0..<150).map { _ in
      let client = try server.connect(receiveBytes: 4096)
      return (raw: client.raw, rest: try client.tls.encode(requests)[...])
    }
    try reader.waitForMetric("idgen_connections_evicted_total") { evictedCount in
      for index in deaf.indices {
        deaf[index].rest = deaf[index].rest.dropFirst(deaf[index].raw.sendAtOnce(deaf[index].rest))
      }
      try reader.send(Request.get("/ids?count=4096"))
      #expect(try reader.readResponse().status == 200)
      // From half as much again on nothing is queued; more than one write queues at once.
      let limit = heldBytes + heldBytes / 2 + 524_288
      try #require(try reader.metric("idgen_held_bytes") <= limit)
      return evictedCount > 0
    }
    try reader.waitForMetric("idgen_held_bytes") { $0 <= heldBytes }
    deaf = []
    try reader.waitForMetric("idgen_held_bytes") { $0 == 0 }
  }

  /// In one record, in many, and byte by byte in records of their own.
  @Test(arguments: [100_000, 1000, 50, 1]) func pipelinedRequestsAreAnswered(recordBytes: Int)
    throws
  {
    let server = try SecureServer()
    let client = try server.client()
    let count = recordBytes == 1 ? 20 : 400
    let requests = (0..<count).map { Request.get("/ids?count=\($0 % 7 + 1)") }.joined()
    let bytes = Array(requests.utf8)
    for start in stride(from: 0, to: bytes.count, by: recordBytes) {
      try client.send(Array(bytes[start...].prefix(recordBytes)))
    }
    var ids: Set<Substring> = []
    var expected = 0
    for index in 0..<count {
      let body = try client.readResponse().body
      ids.formUnion(body.matches(of: #/\d{10,}/#).map(\.output))
      expected += index % 7 + 1
    }
    #expect(ids.count == expected)
  }

  /// The client's close_notify, with or without the end of the stream, or that end alone.
  @Test(arguments: [(true, false), (true, true), (false, true)])
  func whoEndsIsAnswered(sendsCloseNotify: Bool, endsStream: Bool) throws {
    let server = try SecureServer()
    let (tls, raw) = try server.connect()
    try raw.sendUntranslated(
      tls.encode(Array((Request.health + Request.get("/ids?count=4096")).utf8))
        + (sendsCloseNotify ? tls.end() : []))
    if endsStream { raw.finishSending() }
    #expect(try raw.readResponse().body == "ok")
    #expect(try raw.readResponse().status == 200)
    #expect(try raw.readToEnd() == "")
    #expect(tls.hasPeerEnded)
  }

  /// However a connection ends in peace, the server says so.
  @Test(arguments: ["Connection: close\r\n", "idle", "SIGTERM"])
  func serverEndsWithCloseNotify(_ reason: String) throws {
    let server = try SecureServer(environment: ["IDLE_TIMEOUT_MS": "500"])
    let (tls, raw) = try server.connect()
    try raw.send(Request.get("/health", fields: reason.hasPrefix("C") ? reason : ""))
    #expect(try raw.readResponse().body == "ok")
    if reason == "SIGTERM" { server.running.send(SIGTERM) }
    #expect(try raw.readToEnd() == "")
    #expect(tls.hasPeerEnded)
  }

  /// A message that is not TLS, and one that is changed on the way, end their connection alone.
  @Test func whatIsNotTLSIsRefused() throws {
    let server = try SecureServer()
    let other = try server.client()
    let plain = try RawClient(port: server.running.port)
    try plain.send(Request.health)
    let answer = try plain.readToEnd()
    #expect(!answer.contains("HTTP/1.1 200"))
    let (tls, raw) = try server.connect()
    var record = try tls.encode(Array(Request.health.utf8))
    record[record.count - 1] ^= 1
    try raw.sendUntranslated(record)
    #expect(throws: (any Error).self) { try raw.readToEnd() }
    try other.send(Request.health)
    #expect(try other.readResponse().body == "ok")
    #expect(try other.metric("idgen_tls_handshake_failures_total") == 1)
  }
}
#endif
