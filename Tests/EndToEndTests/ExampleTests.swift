import Foundation
import Testing

/// The programs in `examples`, run as their readers run them.
@Suite struct ExampleTests {
  struct Example: CustomTestStringConvertible {
    var file: String
    var program: String
    /// Before the file.
    var arguments: [String] = []

    var testDescription: String { file }

    var command: [String] {
      [program] + arguments + [ExampleTests.folder.appendingPathComponent(file).path]
    }
  }

  static let examples = [
    Example(file: "id.sh", program: "sh"),
    Example(file: "id.py", program: "python3"),
    Example(file: "id.mjs", program: "node"),
    Example(file: "id.go", program: "go", arguments: ["run"]),
  ]

  @Test(.setsClock, arguments: examples)
  func asksForIDs(_ example: Example) throws {
    try expectIDs(example.command)
    try expectRetries(example.command)
  }

  @Test(.setsClock) func swiftAsksForIDs() throws {
    let program = FileManager.default.temporaryDirectory
      .appendingPathComponent("idgen-example-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: program) }
    let compiler = try run(
      ["swiftc", "-o", program.path, Self.folder.appendingPathComponent("id.swift").path])
    #expect(compiler.exit == .status(0), "\(compiler.standardError)")
    try expectIDs([program.path])
    try expectRetries([program.path])
  }

  /// A package of somebody else, which has nothing of ours but the library.
  @Test func packageMakesAnID() throws {
    let package = Self.folder.appendingPathComponent("swift-package").path
    // Kept beside the tests' own build, so that it is built anew only where it has changed.
    let scratch = Self.folder.deletingLastPathComponent().appendingPathComponent(".build/example")
    let build = try Tool.run(
      "swift", ["build", "--package-path", package, "--scratch-path", scratch.path],
      environment: ProcessInfo.processInfo.environment, seconds: 500)
    #expect(build.exit == .status(0), "\(build.standardOutput)\(build.standardError)")
    // The library's users fetch none of the server's dependencies.
    let checkouts = scratch.appendingPathComponent("checkouts").path
    #expect((try? FileManager.default.contentsOfDirectory(atPath: checkouts)) ?? [] == [])
    let result = try Tool.run(scratch.appendingPathComponent("debug/example").path, [])
    #expect(result.exit == .status(0))
    let parts = try #require(
      result.standardOutput.wholeMatch(
        of: #/(\d+) (\d{4}-\d\d-\d\dT[\d:.]+Z) 1 (\d+)\n(\d+) below 2\^53, until 2093-.*\n/#))
    let decoded = try Tool.idgen("decode", "--json", String(parts.1)).standardOutput
    #expect(decoded.contains("\"timestamp\": \"\(parts.2)\""))
    #expect(decoded.hasSuffix("\"machine_id\": 1, \"sequence\": \(parts.3)}\n"))
    let small = try #require(UInt64(parts.4))
    #expect(small < 1 << 53 && small >> 6 & 63 == 1)
  }

  /// Short enough to be read at once.
  @Test(arguments: ["id.sh", "id.py", "id.mjs", "id.go", "id.swift"])
  func isShort(file: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    let lines = text.split(separator: "\n").filter {
      !$0.hasPrefix("//") && !$0.hasPrefix("#!") && !$0.hasPrefix("\"\"\"")
    }
    #expect(lines.count < 60)
  }

  /// The server's clock stands still, so that the lowest bits are in use: a number that is rounded
  /// on its way would lose them.
  private func expectIDs(_ command: [String]) throws {
    let clock = try FakeClock("2026-01-29 12:19:34")
    let server = try RunningServer(environment: clock.environment)
    let url = "http://127.0.0.1:\(server.port)"
    var next: UInt64 = 275_238_508_036_100_096
    for (arguments, count) in [([], 1), (["1"], 1), (["3"], 3)] as [([String], UInt64)] {
      let result = try run(command + [url] + arguments)
      #expect(result.exit == .status(0))
      #expect(result.standardError == "")
      #expect(result.standardOutput == (next..<next + count).map { "\($0)\n" }.joined())
      next += count
    }
    // Where no ID is to be had, none is printed, and one line says why.
    for arguments in [[url, "0"], [url, "4097"], [url + "/x"], ["http://127.0.0.1:1"]] {
      let failure = try run(command + arguments)
      #expect(failure.exit != .status(0))
      #expect(failure.standardOutput == "")
      #expect(failure.standardError != "")
      #expect(failure.standardError.firstMatch(of: #/Traceback|Fatal error|panic|    at /#) == nil)
    }
    #expect(try server.stop() == .status(0))
  }

  /// It asks again after a 503.
  private func expectRetries(_ command: [String]) throws {
    let result = try run(["python3", "-c", Self.unavailableAtFirst] + command)
    #expect(result.exit == .status(0), "\(result.standardError)")
    #expect(result.standardOutput == "1\n2\n")
  }

  /// A server that refuses the first request. It runs a command with its address, and `2` after it.
  private static let unavailableAtFirst = """
    import http.server, subprocess, sys, threading

    class Handler(http.server.BaseHTTPRequestHandler):
        isFirst = True

        def do_GET(self):
            content = b'{"code": "starting"}'
            if not Handler.isFirst:
                content = (b'1\\n2\\n' if self.headers.get('Accept') == 'text/plain'
                           else b'{"ids": ["1", "2"]}' if 'format=string' in self.path
                           else b'{"ids": [1, 2]}')
            self.send_response(503 if Handler.isFirst else 200)
            self.send_header('Retry-After', '1')
            self.send_header('Content-Length', str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            Handler.isFirst = False

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_port}'
    sys.exit(subprocess.run([*sys.argv[1:], url, '2']).returncode)
    """

  private func run(_ command: [String]) throws -> Tool {
    try Tool.run(
      command[0], Array(command.dropFirst()),
      environment: ProcessInfo.processInfo.environment, seconds: 300)
  }

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("examples")
}
