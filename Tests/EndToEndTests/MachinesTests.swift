import Foundation
import TestSupport
import Testing

/// `idgen machines`: the records of a store.
@Suite struct MachinesTests {
  let state: StateFolder

  init() throws { state = try StateFolder() }

  private func machines(_ arguments: String...) throws -> Tool {
    try Tool.idgen(["machines"] + arguments, environment: state.environment)
  }

  /// A line of JSON.
  private struct Machine: Decodable {
    var machineId: Int
    var state: String
    var process: Int32?
    var host: String?
    var limitMs: Int64?
    var limit: String?
    var remainingMs: Int64?
    var reason: String?
  }

  private func objects(of tool: Tool) throws -> [Machine] {
    #expect(tool.exit == .status(0), "\(tool.standardError)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try tool.standardOutput.split(separator: "\n").map {
      try decoder.decode(Machine.self, from: Data($0.utf8))
    }
  }

  @Test func filesAreListed() throws {
    let server = try RunningServer(environment: state.environment)
    let other = try RunningServer(
      environment: state.environment.merging(["MACHINE_ID": "20"]) { $1 })
    _ = try other.firstID()
    #expect(try other.stop() == .status(0))
    try Data().write(to: URL(fileURLWithPath: state.file(300)))

    let table = try machines()
    #expect(table.exit == .status(0))
    #expect(table.standardError == "")
    let lines = table.standardOutput.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0].wholeMatch(of: #/machine  state       limit +from now +owner/#) != nil)
    let expected = "1        held        20.* process \(server.processID) on host \\S+"
    #expect(try lines[1].wholeMatch(of: Regex(expected)) != nil, "\(lines[1])")
    #expect(
      lines[2].wholeMatch(of: #/20       free        20.*(ago|in [0-9.]+ s)/#) != nil, "\(lines[2])"
    )
    #expect(lines[3].hasPrefix("300      unreadable  "))
    #expect(lines[3].hasSuffix("  \(state.file(300)): its length is not 256"))

    let objects = try objects(of: machines("--json"))
    #expect(objects.map(\.machineId) == [1, 20, 300])
    #expect(objects.map(\.state) == ["held", "free", "unreadable"])
    #expect(objects.map(\.process) == [server.processID, nil, nil])
    #expect(objects.map(\.host) == [RunningServer.hostName, nil, nil])
    #expect(try objects[1].limitMs == epoch + Int64(state.limit(20)))
    #expect(objects[0].limit?.hasSuffix("Z") == true)
    #expect(objects[0].remainingMs != nil)
    #expect(objects[2].reason == "\(state.file(300)): its length is not 256")
    #expect(objects[2].limitMs == nil)

    // The listing has taken no lock from the server.
    #expect(try server.id() != nil)
    #expect(try server.stop() == .status(0))
  }

  /// Continuous listings prevent no process from starting.
  @Test func startsBesideListings() throws {
    #expect(try RunningServer(environment: state.environment).stop() == .status(0))
    let script = "while [ ! -e \"$1/end\" ]; do \"$0\" machines >/dev/null || exit 1; done"
    let listing = try ChildProcess(
      Tool.find("sh"), ["-c", script, Tool.idgen().path, state.path], environment: state.environment
    )
    for _ in 0..<10 {
      let result = try Tool.idgen(
        "generate", environment: state.environment.merging(["MACHINE_ID": "1"]) { $1 })
      #expect(result.exit == .status(0), "\(result.standardError)")
    }
    try Data().write(to: URL(fileURLWithPath: "\(state.path)/end"))
    #expect(try listing.waitForExit() == .status(0))
  }

  // MARK: - etcd

  /// The records of three machine IDs, from a stand-in for etcd that answers every range with them.
  @Test func keysAreListed() throws {
    let answer = "\(state.path)/answer"
    let stub = try ChildProcess(
      Tool.find("python3"), ["-c", Self.stub, answer], environment: ["PATH": "/usr/bin:/bin"])
    var port = ""
    for _ in 0..<3000 where !port.hasSuffix("\n") {
      usleep(10_000)
      port = stub.standardOutput
    }
    let endpoint = "http://127.0.0.1:\(port.dropLast())"
    let table = try Tool.idgen("machines", "--etcd-endpoints", endpoint)
    #expect(table.exit == .status(0), "\(table.standardError)")
    let lines = table.standardOutput.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[1].hasPrefix("2        held        20"))
    #expect(lines[1].hasSuffix("  process 12 on host app-7"))
    #expect(lines[4].hasPrefix("1000     unreadable  "))
    #expect(lines[4].hasSuffix("  /idgen/machine-1000: its line 1 is not `idgen-reservation …`"))

    let objects = try objects(
      of: Tool.idgen(["machines", "--json"], environment: ["ETCD_ENDPOINTS": endpoint]))
    #expect(objects.map(\.machineId) == [2, 3, 10, 1000])
    #expect(objects.map(\.state) == ["held", "past", "free", "unreadable"])
    #expect(objects.map(\.process) == [12, 12, nil, nil])
    #expect(objects.map(\.host) == ["app-7", "app-7", nil, nil])
    #expect(try #require(objects[0].remainingMs) > 3_000_000)
    #expect(try #require(objects[1].remainingMs) < 0)
  }

  /// Prints its port, and answers all requests with an owner whose limit is ahead, one whose limit
  /// has passed, a released machine ID, and a key with another value.
  private static let stub = """
    import base64, http.server, json, sys, time, zlib
    epoch = 1704067200000
    now = int(time.time() * 1000) - epoch
    def record(machine, limit, owner):
        text = (f"idgen-reservation 3\\nlayout 1-41-10-12\\nepoch {epoch}\\nmachine {machine}\\n"
                f"limit {limit}\\nprocess 12\\nowner {owner}\\nhost app-7\\nwindow 15000\\n")
        return text + f"crc32 {zlib.crc32(text.encode())}\\n"
    values = {2: record(2, now + 3600000, "9f86d081884c7d65"), 3: record(3, now, "9f86d081884c7d65"),
              10: record(10, now, "0" * 16), 1000: "hello"}
    def encoded(text): return base64.b64encode(text.encode()).decode()
    body = json.dumps({
        "header": {"cluster_id": "1", "member_id": "2", "revision": "9", "raft_term": "3"},
        "kvs": [{"key": encoded(f"/idgen/machine-{machine}"), "create_revision": "5",
                 "mod_revision": "7", "version": "2", "value": encoded(value)}
                for machine, value in values.items()],
        "count": str(len(values))}).encode()
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """

  @Test func etcdThatIsAwayIsAnError() throws {
    let occupant = try RunningServer()
    let port = occupant.port
    #expect(try occupant.stop() == .status(0))
    let result = try Tool.idgen("machines", "--etcd-endpoints", "http://127.0.0.1:\(port)")
    #expect(result.exit == .status(74))
    #expect(result.standardOutput == "")
    #expect(
      result.standardError
        == "idgen: http://127.0.0.1:\(port): connection refused (ECONNREFUSED)\n")
  }

  // MARK: - Without a store

  @Test func aStoreIsRequired() throws {
    let result = try Tool.idgen("machines")
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(
      result.standardError
        == "idgen: set STATE_DIR or ETCD_ENDPOINTS as the servers do: `machines` lists what is in "
        + "their store\n")
  }

  @Test func anAbsentFolderIsAnError() throws {
    let result = try Tool.idgen("machines", "--state-dir", "\(state.path)/nothing")
    #expect(result.exit == .status(74))
    #expect(result.standardOutput == "")
    #expect(
      result.standardError.hasPrefix(
        "idgen: STATE_DIR=\(state.path)/nothing: there is no such folder. Create it; "))
  }

  @Test func beforeTheFirstStartThereIsNothing() throws {
    #expect(try machines().standardOutput == "machine  state  limit  from now  owner\n")
    #expect(try machines("--json").standardOutput == "")
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == [])
  }
}
