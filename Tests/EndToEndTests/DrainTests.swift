import Foundation
import Testing

/// What has come to the machine when the signal comes is answered, though the program has not
/// accepted it yet. It does not depend on how the event loop's library accepts.
@Suite(.serialized) struct DrainTests {
  struct Burst: CustomTestStringConvertible {
    var signal: Int32
    var connectionCount: Int
    var connectionLimit: Int

    var testDescription: String {
      "signal \(signal), \(connectionCount) connections, \(connectionLimit) at most"
    }
  }

  static let bursts = [
    Burst(signal: SIGTERM, connectionCount: 400, connectionLimit: 10_000),
    Burst(signal: SIGINT, connectionCount: 400, connectionLimit: 10_000),
    Burst(signal: SIGTERM, connectionCount: 4000, connectionLimit: 10_000),
    Burst(signal: SIGTERM, connectionCount: 4000, connectionLimit: 500),
  ]

  /// Past the limit, they wait in the system's queue until others have been answered.
  @Test(arguments: bursts) func connectionsThatWaitAreAnswered(_ burst: Burst) throws {
    let server = try RunningServer(
      environment: [
        "MAX_CONNECTIONS": "\(burst.connectionLimit)", "DRAIN_TIMEOUT_MS": "600000",
      ])
    server.send(SIGSTOP)
    let clients = try SocketPool(count: burst.connectionCount, port: server.port)
    #expect(clients.send(Request.id) == burst.connectionCount)
    server.send(burst.signal)
    server.send(SIGCONT)
    let answers = clients.receive(upTo: 15, thenClose: true)
    #expect(answers.count { $0 == "HTTP/1.1 200 OK" } == burst.connectionCount)
    #expect(try server.waitForExit() == .status(0))
  }

  /// The listener is closed by then: who connects now is refused, and can ask elsewhere.
  @Test func connectionsAfterTheSignalAreRefused() throws {
    let server = try RunningServer(environment: ["DRAIN_TIMEOUT_MS": "600000"])
    let client = try RawClient(port: server.port)
    try client.send("GET /health HTT")
    server.send(SIGTERM)
    #expect(try server.waitForLog(containing: "draining 1 connections"))
    #expect(throws: HarnessError.self) { try RawClient(port: server.port) }
    try client.send("P/1.1\r\nHost: localhost\r\n\r\n")
    #expect(try client.readResponse().body == "ok")
    client.finishSending()
    #expect(try server.waitForExit() == .status(0))
  }

  /// Not even while the listener stays open because the limit of connections is reached: closing it
  /// would reset them.
  @Test func noConnectionIsEstablishedAfterTheSignal() throws {
    let server = try RunningServer(
      environment: ["MAX_CONNECTIONS": "500", "DRAIN_TIMEOUT_MS": "600000"])
    server.send(SIGSTOP)
    let clients = try SocketPool(count: 600, port: server.port)
    #expect(clients.send("GET /health HTT") == 600)
    server.send(SIGTERM)
    server.send(SIGCONT)
    #expect(try server.waitForLog(containing: "draining 500 connections"))
    let error = #expect(throws: HarnessError.self) { try RawClient(port: server.port, seconds: 1) }
    #expect(error?.description == "connect: Operation now in progress")
    #expect(clients.send("P/1.1\r\nHost: localhost\r\n\r\n") == 600)
    let answers = clients.receive(upTo: 15, thenClose: true)
    #expect(answers.count { $0 == "HTTP/1.1 200 OK" } == 600)
    #expect(try server.waitForExit() == .status(0))
  }

  /// Where the system has neither the filter nor the deferral, what has come is answered all the
  /// same, and the listener closes at once.
  @Test(.preloadsLibrary) func worksWithoutTheSystemsHelp() throws {
    let library = try PreloadedLibrary(
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <netinet/in.h>
      #include <netinet/tcp.h>
      #include <sys/socket.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      int setsockopt(int socket, int level, int option, const void *value, socklen_t size) {
        if ((level == SOL_SOCKET && option == SO_ATTACH_FILTER)
            || (level == IPPROTO_TCP && option == TCP_DEFER_ACCEPT)) {
          errno = ENOPROTOOPT;
          return -1;
        }
        return syscall(SYS_setsockopt, socket, level, option, value, size);
      }
      """)
    let server = try RunningServer(
      environment: library.environment.merging(["DRAIN_TIMEOUT_MS": "600000"]) { $1 })
    server.send(SIGSTOP)
    let clients = try SocketPool(count: 400, port: server.port)
    #expect(clients.send("GET /health HTT") == 400)
    server.send(SIGTERM)
    server.send(SIGCONT)
    #expect(try server.waitForLog(containing: "draining 400 connections"))
    let error = #expect(throws: HarnessError.self) { try RawClient(port: server.port, seconds: 1) }
    #expect(error?.description == "connect: Connection refused")
    #expect(clients.send("P/1.1\r\nHost: localhost\r\n\r\n") == 400)
    let answers = clients.receive(upTo: 15, thenClose: true)
    #expect(answers.count { $0 == "HTTP/1.1 200 OK" } == 400)
    #expect(try server.waitForExit() == .status(0))
  }

  static let storms = [
    ["--runs", "4"], ["--runs", "2", "--host", "::1"], ["--runs", "3", "DEFER_ACCEPT=0"],
    // The system holds connections back whose clients have not asked yet.
    ["--runs", "2", "--clients", "32", "--pause", "50"],
  ]

  /// A hundred runs of each are `scripts/drain-test`: a single one seldom meets the moment.
  @Test(arguments: storms)
  func connectionsThatAreBeingOpenedAreAnswered(_ arguments: [String]) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../scripts/drain-test").standardized
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let result = try Tool.run(
      "python3", [script.path] + arguments,
      environment: ["PATH": path, "IDGEN": Tool.idgen().path])
    #expect(result.exit == .status(0), "\(result.standardOutput)\(result.standardError)")
  }
}
