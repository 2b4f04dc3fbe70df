import Foundation
import Testing

/// Many clients, and clients that mean ill: what the server holds for them is bounded, and the
/// others are answered.
@Suite(.serialized) struct LoadTests {
  /// Idle connections hold nothing, and 64 busy ones do not notice them.
  @Test func tenThousandIdleConnections() throws {
    let server = try RunningServer(environment: ["MAX_CONNECTIONS": "10100"])
    let idle = try SocketPool(count: 10_000, port: server.port)
    let busy = try (0..<64).map { _ in try RawClient(port: server.port) }
    var ids: Set<UInt64> = []
    for _ in 0..<5 {
      for client in busy { try client.send(String(repeating: Request.id, count: 100)) }
      for client in busy {
        for _ in 0..<100 { ids.insert(try #require(try client.readResponse().id)) }
      }
    }
    #expect(ids.count == 5 * 64 * 100)
    try busy[0].waitForMetric("idgen_connections_open") { $0 == 10_064 }
    #expect(try busy[0].metric("idgen_held_bytes") == 0)
    #expect(idle.send(Request.health) == 10_000)
    #expect(idle.receive(upTo: 15).count { $0 == "HTTP/1.1 200 OK" } == 10_000)
    #expect(try server.stop() == .status(0))
  }

  /// Heads that never come to their end hold nobody up, and a few bytes each.
  @Test func twoThousandHalfSentHeads() throws {
    let server = try RunningServer(environment: ["HEAD_TIMEOUT_MS": "600000"])
    let slow = try SocketPool(count: 2000, port: server.port)
    let client = try RawClient(port: server.port)
    for part in ["GET /health HTTP/1.1\r\n", "Host: a\r\n", "X: ", "y", "y\r\n", "Y:"] {
      #expect(slow.send(part) == 2000)
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    #expect(2000 * 40...2000 * 1024 ~= (try client.metric("idgen_held_bytes")))
    slow.send(" z\r\n\r\n")
    #expect(slow.receive(upTo: 15).count { $0 == "HTTP/1.1 200 OK" } == 2000)
    #expect(try client.metric("idgen_held_bytes") == 0)
  }

  /// The answers to 100,000 requests would be 2 GB. The server goes on only as they are read, also
  /// where each request takes a quarter of a millisecond's IDs and so most have to wait for them.
  @Test(arguments: [1, 10]) func readerThatNeverReads(clientCount: Int) throws {
    let server = try RunningServer(environment: ["MAX_QUEUED_BYTES": "1048576"])
    let clients = try (0..<clientCount).map { _ in
      try RawClient(port: server.port, receiveBytes: 4096)
    }
    let request = "GET /ids?count=1000 HTTP/1.1\r\nHost: a\r\n\r\n"
    let requests = Array(String(repeating: request, count: 100_000 / clientCount).utf8)
    var sent = clients.map { _ in 0 }
    let other = try RawClient(port: server.port)
    var roundsLeft = 200
    while roundsLeft > 0 {
      for (index, client) in clients.enumerated() {
        sent[index] += client.sendAtOnce(requests[sent[index]...])
      }
      try other.send(Request.health)
      #expect(try other.readResponse().body == "ok")
      let held = try other.metric("idgen_held_bytes")
      // The queue's limit, what one read adds to it, and the requests that wait.
      try #require(held < clientCount << 21)
      // Once it reads from none of them, nothing changes any more, however often the loop turns.
      if held >= clientCount << 20 { roundsLeft -= 1 }
    }
    for client in clients {
      for _ in 0..<100 { #expect(try client.readResponse().status == 200) }
    }
  }

  /// Each client stays within its own limit, and all together would be 150 MB. Those that read are
  /// answered all the while, also if they are slow; of the others, some are closed.
  @Test func manyThatNeverRead() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "\(Self.heldBytes)"])
    let reader = try RawClient(port: server.port, receiveBytes: 4096)
    var deaf: SocketPool? = try SocketPool(count: 150, port: server.port, receiveBytes: 4096)
    try reader.waitForMetric("idgen_connections_evicted_total") { evictedCount in
      deaf?.sendOver(Self.manyRequests)
      try reader.send(Request.get("/ids?count=4096") + Request.health)
      #expect(try reader.readResponse().status == 200)
      #expect(try reader.readResponse().body == "ok")
      try Self.requireBoundedMemory(reader)
      return evictedCount > 0
    }
    try reader.waitForMetric("idgen_held_bytes") { 1...Self.heldBytes ~= $0 }
    deaf = nil
    _ = deaf
    try reader.waitForMetric("idgen_held_bytes") { $0 == 0 }
  }

  /// All are read from in one round of the loop, at whose end the memory of those that are closed
  /// becomes free.
  @Test func manyThatNeverReadAtOnce() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "\(Self.heldBytes)"])
    let deaf = try SocketPool(count: 500, port: server.port, receiveBytes: 4096)
    let client = try RawClient(port: server.port)
    try client.waitForMetric("idgen_connections_open") { $0 == 501 }
    kill(server.processID, SIGSTOP)
    deaf.sendOver(Self.manyRequests)
    kill(server.processID, SIGCONT)
    try client.waitForMetric("idgen_connections_evicted_total") { evictedCount in
      try Self.requireBoundedMemory(client)
      deaf.sendOver(Self.manyRequests)
      return evictedCount > 0
    }
    try client.waitForMetric("idgen_held_bytes") { 1...Self.heldBytes ~= $0 }
  }

  private static let manyRequests = String(repeating: Request.get("/"), count: 1000)
  private static let heldBytes = 8_388_608

  /// More than one write of a connection queues, and what it has sent behind: 256 KiB and the
  /// response that exceeds them, and 64 KiB.
  private static let lastWriteBytes = 524_288

  /// From half as much again on nothing is queued, until those that are being closed have closed.
  private static func requireBoundedMemory(_ client: RawClient) throws {
    try #require(
      try client.metric("idgen_held_bytes") <= heldBytes + heldBytes / 2 + lastWriteBytes)
  }

  /// All that they ask for would be more than is allowed; as they read it, they get all of it.
  @Test func slowReadersGetAll() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "\(Self.heldBytes)"])
    let observer = try RawClient(port: server.port)
    try observer.send(Request.get("/metrics"))
    let answerBytes = try observer.readResponse().body.utf8.count
    let clients = try (0..<16).map { _ in try RawClient(port: server.port, receiveBytes: 4096) }
    // More than the system takes, by a megabyte for each.
    let answerCount = try (Self.greatestSendBufferBytes() + 1 << 20) / answerBytes
    let requests = String(repeating: Request.get("/metrics"), count: answerCount)
    for client in clients { try client.send(requests) }
    try observer.waitForMetric("idgen_held_bytes") {
      try #require($0 <= Self.heldBytes)
      return $0 >= Self.heldBytes / 2
    }
    for client in clients {
      for _ in 0..<answerCount { #expect(try client.readResponse().status == 200) }
    }
    #expect(try observer.metric("idgen_connections_evicted_total") == 0)
    try observer.waitForMetric("idgen_held_bytes") { $0 == 0 }
    #expect(try server.stop() == .status(0))
  }

  /// How much the system takes of what a connection is sent, at most: tcp(7).
  private static func greatestSendBufferBytes() throws -> Int {
    let sizes = try String(contentsOfFile: "/proc/sys/net/ipv4/tcp_wmem", encoding: .utf8)
    return try #require(sizes.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) })
  }

  /// Heads without an end are counted, too.
  @Test func halfSentHeadsAreHeld() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "1048576"])
    let slow = try SocketPool(count: 100, port: server.port)
    slow.send("GET /id HTTP/1.1\r\nX: " + String(repeating: "x", count: 16_000))
    let client = try RawClient(port: server.port)
    try client.waitForMetric("idgen_connections_evicted_total") { $0 > 0 }
    #expect(900_000...1_048_576 ~= (try client.metric("idgen_held_bytes")))
  }

  /// With no descriptor left, each connection is turned away once, and none is left that would keep
  /// the loop busy; those that stand go on, and once there are descriptors, new ones are taken.
  @Test func fileLimit() throws {
    let (server, client) = try RunningServer.withFewDescriptors()

    var pool: SocketPool? = try SocketPool(count: 200, port: server.port)
    pool?.send(Request.health)
    // Returns once each has been answered or closed.
    let answered = pool?.receive(upTo: 15).count { $0 == "HTTP/1.1 200 OK" } ?? 0
    #expect((1..<64).contains(answered), "\(answered) of 200 were answered")
    let errorCount = try client.metric("idgen_accept_errors_total")
    #expect((1...200 - answered).contains(errorCount))
    for _ in 0..<200 {
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    #expect(try client.metric("idgen_accept_errors_total") == errorCount)

    pool = nil
    _ = pool
    #expect(try TimeoutTests.canAsk(server.port))
    #expect(try server.stop() == .status(0))
  }
}
