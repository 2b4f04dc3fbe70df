import Foundation
import Testing

/// SIGTERM and SIGINT lose no request that has been sent.
@Suite struct SignalTests {
  struct Load: CustomTestStringConvertible {
    var signal: Int32
    var connectionCount: Int
    /// For each connection.
    var requestCount: Int

    var testDescription: String {
      "signal \(signal), \(connectionCount) connections, \(requestCount) requests on each"
    }
  }

  static let loads = [SIGTERM, SIGINT].flatMap {
    [
      Load(signal: $0, connectionCount: 200, requestCount: 1),
      Load(signal: $0, connectionCount: 64, requestCount: 50),
      // More answers than sockets hold: the server still has them when the signal comes.
      Load(signal: $0, connectionCount: 4, requestCount: 8000),
    ]
  }

  @Test(arguments: loads) func everyRequestIsAnswered(_ load: Load) throws {
    let environment = Self.patience.merging(["MAX_QUEUED_BYTES": "65536"]) { $1 }
    let server = try RunningServer(environment: environment)
    let clients = try (0..<load.connectionCount).map { _ in try RawClient(port: server.port) }
    let batch = String(repeating: Request.health, count: load.requestCount)
    for client in clients { try client.send(batch) }
    server.send(load.signal)
    for client in clients {
      for _ in 0..<load.requestCount { #expect(try client.readResponse().body == "ok") }
      #expect(try client.readToEnd() == "")
      client.finishSending()  // The server waits a little for that.
    }
    #expect(try server.waitForExit() == .status(0))
  }

  /// What has come to the machine, but not to the program, has been sent, too.
  ///
  /// A request is 64 bytes long: wherever the program's buffer is full, one ends.
  @Test(arguments: [SIGTERM, SIGINT]) func unreadRequestsAreAnswered(signal: Int32) throws {
    let requestCount = 16_000
    let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Padding: 1234567890\r\n\r\n"
    #expect(request.utf8.count == 64)
    let batch = String(repeating: request, count: requestCount)

    let server = try RunningServer(environment: Self.patience)
    let clients = try (0..<4).map { _ in try RawClient(port: server.port) }
    for client in clients {
      try client.send(request)
      #expect(try client.readResponse().body == "ok")
    }
    server.send(SIGSTOP)
    for client in clients { try client.send(batch) }
    server.send(signal)
    server.send(SIGCONT)
    for client in clients {
      for _ in 0..<requestCount { #expect(try client.readResponse().body == "ok") }
      #expect(try client.readToEnd() == "")
      client.finishSending()
    }
    #expect(try server.waitForExit() == .status(0))
  }

  @Test(arguments: [SIGTERM, SIGINT]) func partialRequestIsAnswered(signal: Int32) throws {
    let server = try RunningServer()
    let idle = try RawClient(port: server.port)
    try idle.send(Request.health)
    #expect(try idle.readResponse().body == "ok")
    let client = try RawClient(port: server.port)
    try client.send("GET /health HTT")
    server.send(signal)
    // It no longer waits for the one that asks nothing, and takes no more.
    #expect(try idle.readToEnd() == "")
    #expect(throws: HarnessError.self) { try RawClient(port: server.port) }

    try client.send("P/1.1\r\nHost: localhost\r\n\r\n")
    let response = try client.readResponse()
    #expect(response.body == "ok")
    #expect(response["Connection"] == "close")
    #expect(try client.readToEnd() == "")
    client.finishSending()
    #expect(try server.waitForExit() == .status(0))
  }

  /// The time to drain is longer than the test waits: only the second signal can have ended it.
  @Test(arguments: [SIGTERM, SIGINT]) func secondSignalEndsAtOnce(signal: Int32) throws {
    let server = try RunningServer(environment: Self.patience)
    let client = try RawClient(port: server.port)
    try client.send("GET /health HTT")
    server.send(signal)
    #expect(try server.waitForLog(containing: "draining 1 connections"))
    server.send(signal)
    #expect(try server.waitForExit() == .status(0))
    #expect(try client.readToEnd() == "")
  }

  @Test func drainHasAnEnd() throws {
    let environment = Self.patience.merging(["DRAIN_TIMEOUT_MS": "50"]) { $1 }
    let server = try RunningServer(environment: environment)
    let client = try RawClient(port: server.port)
    try client.send("GET /health HTT")
    #expect(try server.stop() == .status(0))
    #expect(try client.readToEnd() == "")
  }

  private static let patience = ["DRAIN_TIMEOUT_MS": "600000", "HEAD_TIMEOUT_MS": "600000"]

  /// The first process of a container has no default action for a signal: one that comes before it
  /// is handled would be lost.
  @Test(
    .preloadsLibrary,
    .enabled(if: getuid() == 0, "a process namespace must be made, which root may"),
    arguments: [SIGTERM, SIGINT])
  func aSignalAtTheStartOfProcess1IsNotLost(signal: Int32) throws {
    let faults = try DiskFaults()
    try faults.begin(.hang, DiskFaults.startingCall)
    let script = """
      import ctypes, os, sys, time
      libc = ctypes.CDLL(None)
      assert libc.unshare(0x20000000) == 0  # CLONE_NEWPID
      child = os.fork()
      if child == 0:
          os.execve(sys.argv[1], [sys.argv[1]], {
              "MACHINE_ID": "1", "PORT": "0", "LD_PRELOAD": os.environ["LIBRARY"]})
      mask = 1 << int(sys.argv[2]) - 1
      def blocked():
          with open(f"/proc/{child}/status") as status:
              return next(int(line[7:], 16) for line in status if line.startswith("SigBlk:"))
      for _ in range(1000):  # As soon as it does anything of its own.
          if blocked() & mask:
              break
          time.sleep(0.01)
      os.kill(child, int(sys.argv[2]))
      os.remove(sys.argv[3])
      print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
      """
    let result = try Tool.run(
      "/usr/bin/python3",
      ["-c", script, Tool.idgen().path, "\(signal)", faults.path(.hang, DiskFaults.startingCall)],
      environment: ["LIBRARY": faults.environment["LD_PRELOAD"] ?? ""], seconds: 30)
    #expect(result.standardOutput == "0\n", "\(result.standardError)")
  }

  /// A name server that does not answer, when it is to listen, or to ask etcd.
  @Test(
    .preloadsLibrary,
    arguments: [
      (["HOST": "name.invalid"], "the address of name.invalid was being looked up"),
      (["ETCD_ENDPOINTS": "http://name.invalid:2379"], "stopped: 0 requests"),
    ])
  func aLookupThatHangsDoesNotKeepItFromEnding(
    _ settings: [String: String], _ message: String
  ) throws {
    let library = try PreloadedLibrary(
      """
      #include <netdb.h>
      #include <unistd.h>
      int getaddrinfo(
          const char *node, const char *service, const struct addrinfo *hints,
          struct addrinfo **result) {
        write(2, "looking up\\n", 11);
        for (;;) pause();
      }

      """)
    let child = try ChildProcess(
      Tool.idgen(), [],
      environment: library.environment.merging(
        ["MACHINE_ID": "1", "PORT": "0"].merging(settings) { $1 }
      ) { $1 })
    #expect(try child.waitForStandardError(containing: "looking up"))
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
    #expect(child.standardError.contains(message))
  }
}
