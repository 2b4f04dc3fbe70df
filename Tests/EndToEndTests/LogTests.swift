import Foundation
import Testing

/// The log of events on standard error, and the access log on standard output.
@Suite struct LogTests {
  @Test func textIsTimeLevelOriginAndMessage() throws {
    let server = try RunningServer()
    #expect(try server.stop() == .status(0))
    let lines = server.standardError.split(separator: "\n")
    let time = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /#
    let origin = "[machine 1, process \(server.processID)]"
    let warning = """
      neither STATE_DIR nor ETCD_ENDPOINTS is set: IDs can repeat if the clock is set back across \
      a restart, or if another process has the same machine ID. Set STATE_DIR to a folder, for \
      the processes of one host, or ETCD_ENDPOINTS, for those of many
      """
    let expected: [String] = [
      "notice \(origin) listening on http://[::]:\(server.port)",
      "warning \(origin) \(warning)",
      "notice \(origin) ready: machine ID 1 is used without a store",
      "notice \(origin) SIGTERM: draining 0 connections, for 10000 ms at most",
      "notice \(origin) stopped: 0 requests answered, 0 IDs made",
    ]
    let found: [String] = lines.map { String($0.replacing(time, with: "")) }
    #expect(found == expected)
  }

  private struct Event: Decodable {
    var time: String
    var level: String
    var message: String
    var machineId: Int?
    var process: Int?
  }

  /// The name of the state directory has characters that must be escaped.
  @Test func jsonIsAnObjectALine() throws {
    let state = FileManager.default.temporaryDirectory
      .appendingPathComponent("idgen-\"\\\n-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: state) }
    let server = try RunningServer(
      environment: ["LOG_FORMAT": "json", "STATE_DIR": state.path, "MACHINE_ID": "3"])
    #expect(try server.stop() == .status(0))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let events = try server.standardError.split(separator: "\n").map {
      try decoder.decode(Event.self, from: Data($0.utf8))
    }
    #expect(events.map(\.level) == ["notice", "notice", "notice", "notice"])
    #expect(events.map(\.machineId) == [3, 3, 3, 3])
    #expect(events.map(\.process).allSatisfy { $0 == Int(server.processID) })
    #expect(events[0].message == "listening on http://[::]:\(server.port)")
    #expect(
      events[1].message
        == "ready: machine ID 3 is claimed, and its time reserved, in \(state.path)")
    #expect(events[0].time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
  }

  /// Also the one that says why the program ends.
  @Test func jsonIsAlsoTheLastLine() throws {
    let occupant = try RunningServer()
    let result = try Tool.idgen(
      environment: ["MACHINE_ID": "3", "LOG_FORMAT": "json", "PORT": "\(occupant.port)"])
    #expect(result.exit == .status(69))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let event = try decoder.decode(Event.self, from: Data(result.standardError.utf8))
    #expect(event.level == "critical")
    #expect(event.message.hasPrefix("cannot listen on [::]:\(occupant.port): "))
    #expect(event.machineId == 3)
    #expect(event.process != nil)
  }

  /// A value from the environment cannot break the line.
  @Test func theLastLineIsOneLine() throws {
    let result = try Tool.idgen(environment: ["MACHINE_ID": "3", "HOST": "a\nb", "PORT": "0"])
    #expect(result.exit == .status(69))
    #expect(result.standardError.hasPrefix("idgen: cannot listen on a\\u{a}b:0: "))
  }

  /// With `auto`, the machine ID is known once it is claimed. While the disk hangs, it is not.
  @Test(.preloadsLibrary) func autoLogsItsMachineIDOnceItIsClaimed() throws {
    let state = try StateFolder()
    let faults = try DiskFaults()
    try faults.begin(.hang)
    let environment = state.environment.merging(faults.environment) { $1 }
    let child = try ChildProcess(
      Tool.idgen(), [],
      environment: environment.merging([
        "MACHINE_ID": "auto", "MACHINE_ID_RANGE": "5-6", "PORT": "0",
      ]) { $1 })
    #expect(try child.waitForStandardError(containing: "it does not answer\n"))
    faults.end()
    #expect(try child.waitForStandardError(containing: " ready: machine ID 5 "))
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
    let origins = child.standardError.split(separator: "\n").compactMap {
      $0.firstMatch(of: #/ (\[.*?\]) /#).map { String($0.1) }
    }
    let unknown = "[process \(child.id)]"
    let known = "[machine 5, process \(child.id)]"
    #expect(origins == [unknown, unknown, known, known, known])
  }

  @Test(arguments: [("notice", 5), ("warning", 1)])
  func levelBoundsWhatIsLogged(_ level: String, _ lineCount: Int) throws {
    let child = try ChildProcess(
      Tool.idgen(), ["--port", "0", "--machine-id", "1", "--log-level", level],
      environment: ["HOST": "127.0.0.1"])
    // No line says when it is ready, but it handles SIGTERM once it catches it.
    for _ in 0..<6000 where !Self.isListening(child.id) { usleep(5000) }
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
    #expect(child.standardError.split(separator: "\n").count == lineCount)
  }

  /// Whether the process catches SIGTERM; it does so before it listens.
  private static func isListening(_ processID: Int32) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)) ?? ""
    guard let match = status.firstMatch(of: #/SigCgt:\s*([0-9a-f]+)/#),
      let caught = UInt64(match.1, radix: 16)
    else { return false }
    return caught & (1 << UInt64(SIGTERM - 1)) != 0
  }

  // MARK: - The access log

  @Test func requestsAreNotLoggedByDefault() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send(Request.id)
    #expect(try client.readResponse().status == 200)
    #expect(try server.stop() == .status(0))
    #expect(server.standardOutput == "")
  }

  @Test func eachRequestIsALineInCombinedFormat() throws {
    let server = try RunningServer(environment: ["ACCESS_LOG": "1"])
    let client = try RawClient(port: server.port)
    try client.send(
      Request.get("/id", fields: "User-Agent: test/1\r\nReferer: http://a/\r\n")
        + Request.get("/nothing"))
    for _ in 0..<2 { _ = try client.readResponse() }
    let second = try RawClient(port: server.port, host: "::1")
    try second.send("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
    _ = try second.readResponse(isHead: true)
    #expect(try server.stop() == .status(0))
    let lines = server.standardOutput.replacing(
      #/\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\]/#, with: "[time]")
    #expect(
      lines == """
        127.0.0.1 - - [time] "GET /id HTTP/1.1" 200 43 "http://a/" "test/1"
        127.0.0.1 - - [time] "GET /nothing HTTP/1.1" 404 101 "-" "-"
        ::1 - - [time] "HEAD /health HTTP/1.1" 200 - "-" "-"

        """)
  }

  /// Nobody reads standard output: the server answers requests nevertheless, and each line is
  /// either written whole or counted as dropped.
  @Test func serverDoesNotWaitForTheReaderOfTheAccessLog() throws {
    let fifo = FileManager.default.temporaryDirectory
      .appendingPathComponent("idgen-fifo-\(UUID().uuidString)").path
    try #require(unsafe mkfifo(fifo, 0o600) == 0)
    defer { unsafe unlink(fifo) }
    let reader = unsafe open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    defer { close(reader) }
    let child = try ChildProcess(
      Tool.find("sh"), ["-c", "exec \"$0\" >\"$1\"", Tool.idgen().path, fifo],
      environment: ["MACHINE_ID": "1", "PORT": "0", "ACCESS_LOG": "1"])
    #expect(try child.waitForStandardError(containing: " ready"))
    let match = try #require(child.standardError.firstMatch(of: #/listening on \S+:(\d+)/#))
    let client = try RawClient(port: try #require(UInt16(match.1)))

    let count = 400
    let request = Request.get(
      "/id", fields: "User-Agent: \(String(repeating: "a", count: 8000))\r\n")
    for _ in 0..<count {
      try client.send(request)
      #expect(try client.readResponse().status == 200)
    }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    func read() -> Int {
      unsafe bytes.withUnsafeMutableBytes {
        unsafe Foundation.read(reader, $0.baseAddress, $0.count)
      }
    }
    var text: [UInt8] = []
    child.send(SIGTERM)
    while true {
      let byteCount = read()
      if byteCount == 0 { break }
      if byteCount > 0 { text += bytes[..<byteCount] } else { usleep(1000) }
    }
    #expect(try child.waitForExit() == .status(0))
    let dropped = child.standardError.matches(of: #/ (\d+) lines of the access log were dropped/#)
      .compactMap { Int($0.1) }.reduce(0, +)
    let newlines = text.filter { $0 == UInt8(ascii: "\n") }.count
    #expect(dropped > 0)
    #expect(newlines + dropped == count)
  }
}
