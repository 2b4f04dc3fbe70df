import Foundation
import Testing

/// Many clients, and clients that mean ill: what the server holds for them is bounded, and the
/// others are answered.
@Suite(.serialized) struct LoadTests {
  /// Idle connections cost next to nothing, and 64 busy ones do not notice them.
  @Test func tenThousandIdleConnections() throws {
    let server = try RunningServer(environment: ["MAX_CONNECTIONS": "10100"])
    let before = try Resident.bytes(of: server.processID)
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
    let growth = try Resident.bytes(of: server.processID) - before
    #expect(growth < 64 << 20, "\(growth) bytes more with 10,000 idle connections")
    #expect(idle.send(Request.health) == 10_000)
    #expect(idle.receive(upTo: 15).count { $0 == "HTTP/1.1 200 OK" } == 10_000)
    #expect(try server.stop() == .status(0))
  }

  /// Heads that never come to their end hold nobody up, and a few bytes each.
  @Test func twoThousandHalfSentHeads() throws {
    let server = try RunningServer(environment: ["HEAD_TIMEOUT_MS": "600000"])
    let before = try Resident.bytes(of: server.processID)
    let slow = try SocketPool(count: 2000, port: server.port)
    let client = try RawClient(port: server.port)
    for part in ["GET /health HTTP/1.1\r\n", "Host: a\r\n", "X: ", "y", "y\r\n", "Y:"] {
      #expect(slow.send(part) == 2000)
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    let growth = try Resident.bytes(of: server.processID) - before
    #expect(growth < 32 << 20, "\(growth) bytes more with 2000 half-sent heads")
    slow.send(" z\r\n\r\n")
    #expect(slow.receive(upTo: 15).count { $0 == "HTTP/1.1 200 OK" } == 2000)
  }

  /// The answers to 100,000 requests would be 2 GB. The server goes on only as they are read, also
  /// where each request takes a quarter of a millisecond's IDs and so most have to wait for them.
  @Test(arguments: [1, 10]) func readerThatNeverReads(clientCount: Int) throws {
    let server = try RunningServer()
    let before = try Resident.bytes(of: server.processID)
    let clients = try (0..<clientCount).map { _ in try RawClient(port: server.port, seconds: 2) }
    let request = "GET /ids?count=1000 HTTP/1.1\r\nHost: a\r\n\r\n"
    let requests = Array(String(repeating: request, count: 100_000 / clientCount).utf8)
    // What neither the server nor the system takes would wait for ever: then this gives up.
    for client in clients { try? client.send(requests) }
    let bound = 16 << 20 + clientCount << 21
    let other = try RawClient(port: server.port)
    for _ in 0..<20 {
      usleep(50_000)
      try other.send(Request.health)
      #expect(try other.readResponse().body == "ok")
      let growth = try Resident.bytes(of: server.processID) - before
      #expect(growth < bound, "\(growth) bytes more with \(clientCount) that do not read")
    }
    for client in clients {
      for _ in 0..<100 { #expect(try client.readResponse().status == 200) }
    }
  }

  /// Each client stays within its own limit, and all together would be 100 MB. Those that read are
  /// answered all the while, also if they are slow; of the others, some are closed.
  @Test func manyThatNeverRead() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "8388608"])
    let before = try Resident.bytes(of: server.processID)
    let reader = try RawClient(port: server.port, receiveBytes: 4096)
    var deaf: SocketPool? = try SocketPool(count: 100, port: server.port, receiveBytes: 4096)
    let requests = String(repeating: Request.get("/openapi.yaml"), count: 1000)
    for _ in 0..<40 {
      deaf?.send(requests)
      try reader.send(Request.get("/ids?count=4096") + Request.health)
      #expect(try reader.readResponse().status == 200)
      #expect(try reader.readResponse().body == "ok")
    }
    let growth = try Resident.greatestBytes(of: server.processID) - before
    #expect(growth < 24 << 20, "\(growth) bytes more with 100 that do not read")
    #expect(try reader.metric("idgen_connections_dropped_total") > 0)
    #expect(1...8_388_608 ~= (try reader.metric("idgen_held_bytes")))

    deaf = nil
    _ = deaf
    for _ in 0..<100 where try reader.metric("idgen_held_bytes") > 0 { usleep(20_000) }
    #expect(try reader.metric("idgen_held_bytes") == 0)
  }

  /// All are read from in one round of the loop, at whose end the memory of those that are closed
  /// becomes free.
  @Test func manyThatNeverReadAtOnce() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "8388608"])
    let deaf = try SocketPool(count: 500, port: server.port, receiveBytes: 4096)
    let client = try RawClient(port: server.port)
    #expect(try client.metric("idgen_connections_open") == 501)
    let before = try Resident.bytes(of: server.processID)
    kill(server.processID, SIGSTOP)
    deaf.send(String(repeating: Request.get("/openapi.yaml"), count: 1000))
    kill(server.processID, SIGCONT)
    for _ in 0..<100 where try client.metric("idgen_connections_dropped_total") == 0 {
      usleep(20_000)
    }
    #expect(try client.metric("idgen_connections_dropped_total") > 0)
    let growth = try Resident.greatestBytes(of: server.processID) - before
    #expect(growth < 24 << 20, "\(growth) bytes more with 500 that do not read")
  }

  /// All that they ask for would be more than is allowed; as they read it, they get all of it.
  @Test func slowReadersGetAll() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "8388608"])
    let observer = try RawClient(port: server.port)
    let clients = try (0..<16).map { _ in try RawClient(port: server.port, receiveBytes: 4096) }
    let request = Request.get("/openapi.yaml")
    for client in clients { try client.send(String(repeating: request, count: 200)) }
    usleep(200_000)
    #expect(4_000_000...8_388_608 ~= (try observer.metric("idgen_held_bytes")))
    for client in clients {
      for _ in 0..<200 { #expect(try client.readResponse().status == 200) }
    }
    #expect(try observer.metric("idgen_connections_dropped_total") == 0)
    #expect(try observer.metric("idgen_held_bytes") == 0)
    #expect(try server.stop() == .status(0))
  }

  /// Heads without an end are counted, too.
  @Test func halfSentHeadsAreHeld() throws {
    let server = try RunningServer(environment: ["MAX_HELD_BYTES": "1048576"])
    let slow = try SocketPool(count: 100, port: server.port)
    slow.send("GET /id HTTP/1.1\r\nX: " + String(repeating: "x", count: 16_000))
    let client = try RawClient(port: server.port)
    for _ in 0..<100 where try client.metric("idgen_connections_dropped_total") == 0 {
      usleep(20_000)
    }
    #expect(try client.metric("idgen_connections_dropped_total") > 0)
    #expect(900_000...1_048_576 ~= (try client.metric("idgen_held_bytes")))
  }

  /// With no descriptor left, connections are turned away and the processor is not kept busy;
  /// those that stand go on, and once there are descriptors, new ones are taken.
  @Test func fileLimit() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")
    let limit = try Tool.run("prlimit", ["--pid", "\(server.processID)", "--nofile=64:64"])
    #expect(limit.exit == .status(0))

    var pool: SocketPool? = try SocketPool(count: 200, port: server.port)
    pool?.send(Request.health)
    let answered = pool?.receive(upTo: 15).count { $0 == "HTTP/1.1 200 OK" } ?? 0
    #expect((1..<64).contains(answered), "\(answered) of 200 were answered")
    let ticks = try Resident.processorTicks(of: server.processID)
    sleep(1)
    #expect(try Resident.processorTicks(of: server.processID) - ticks < 50)
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")

    pool = nil
    _ = pool
    #expect(try TimeoutTests.canAsk(server.port))
    #expect(try server.stop() == .status(0))
  }
}

/// What the system says of a process.
enum Resident {
  /// The memory that it has in use. Source: `/proc/<pid>/status`.
  static func bytes(of processID: Int32) throws -> Int {
    try bytes("VmRSS", of: processID)
  }

  /// The most that it ever had.
  static func greatestBytes(of processID: Int32) throws -> Int {
    try bytes("VmHWM", of: processID)
  }

  private static func bytes(_ name: String, of processID: Int32) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }),
      let size = Int(line.filter(\.isNumber))
    else { throw HarnessError("no \(name) of process \(processID)") }
    return size * 1024
  }

  /// The processor time that it has had, in hundredths of a second. Source: `/proc/<pid>/stat`.
  static func processorTicks(of processID: Int32) throws -> Int {
    let stat = try String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
    // Behind the name in parentheses: user and system time are fields 14 and 15 of the line.
    let fields = stat.drop { $0 != ")" }.split(separator: " ")
    guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13])
    else { throw HarnessError("no times of process \(processID)") }
    return user + system
  }
}
