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

    func run(_ url: String) throws -> Tool {
      try Tool.run(
        program, arguments + [ExampleTests.folder.appendingPathComponent(file).path, url],
        environment: ProcessInfo.processInfo.environment, seconds: 300)
    }
  }

  static let examples = [
    Example(file: "id.sh", program: "sh"),
    Example(file: "id.py", program: "python3"),
    Example(file: "id.mjs", program: "node"),
    Example(file: "id.go", program: "go", arguments: ["run"]),
  ]

  @Test(.setsClock, arguments: examples)
  func asksForAnID(_ example: Example) throws {
    try expectIDs { try example.run($0) }
  }

  @Test(.setsClock) func swiftAsksForAnID() throws {
    let program = FileManager.default.temporaryDirectory
      .appendingPathComponent("idgen-example-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: program) }
    let compiler = try Tool.run(
      "swiftc", ["-o", program.path, Self.folder.appendingPathComponent("id.swift").path],
      environment: ProcessInfo.processInfo.environment, seconds: 300)
    #expect(compiler.exit == .status(0), "\(compiler.standardError)")
    try expectIDs { try Tool.run(program.path, [$0]) }
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
    let result = try Tool.run(scratch.appendingPathComponent("debug/example").path, [])
    #expect(result.exit == .status(0))
    let parts = try #require(
      result.standardOutput.wholeMatch(of: #/(\d+) (\d{4}-\d\d-\d\dT[\d:.]+Z) 1 (\d+)\n/#))
    let decoded = try Tool.idgen("decode", "--json", String(parts.1)).standardOutput
    #expect(decoded.contains("\"timestamp\": \"\(parts.2)\""))
    #expect(decoded.hasSuffix("\"machine_id\": 1, \"sequence\": \(parts.3)}\n"))
  }

  /// Short enough to be read at once.
  @Test(arguments: ["id.sh", "id.py", "id.mjs", "id.go", "id.swift"])
  func isShort(file: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    let lines = text.split(separator: "\n").filter {
      !$0.hasPrefix("//") && !$0.hasPrefix("#!") && !$0.hasPrefix("\"\"\"")
    }
    #expect(lines.count < 20)
  }

  /// The server's clock stands still, so that the lowest bits are in use: a number that is rounded on
  /// its way would lose them.
  private func expectIDs(_ run: (_ url: String) throws -> Tool) throws {
    let clock = try FakeClock("2026-01-29 12:19:34")
    let server = try RunningServer(environment: clock.environment)
    let url = "http://127.0.0.1:\(server.port)"
    for sequence: UInt64 in 0..<3 {
      let id = 275_238_508_036_100_096 + sequence
      let result = try run(url)
      #expect(result.exit == .status(0))
      #expect(result.standardError == "")
      #expect(result.standardOutput == "\(id)\n")
    }
    // Where no ID is to be had, none is printed.
    let failure = try run(url + "/x")
    #expect(failure.exit != .status(0))
    #expect(failure.standardError != "")
    #expect(failure.standardOutput.firstMatch(of: #/\d{18}/#) == nil)
    #expect(try server.stop() == .status(0))
  }

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("examples")
}
