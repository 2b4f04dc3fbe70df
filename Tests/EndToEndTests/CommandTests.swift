import Foundation
import Testing

/// The subcommands that do not serve.
@Suite struct CommandTests {
  @Test(arguments: [1, 5, 10_000]) func generateMakesIncreasingIDs(count: Int) throws {
    let result = try Tool.idgen(
      "generate", "--count", "\(count)", environment: ["MACHINE_ID": "1023"])
    #expect(result.exit == .status(0))
    let ids = result.standardOutput.split(separator: "\n").compactMap { UInt64($0) }
    #expect(ids.count == count)
    #expect(result.standardOutput == ids.map { "\($0)\n" }.joined())
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(ids.allSatisfy { $0 >> 12 & 1023 == 1023 })
  }

  static let badGenerate: [(arguments: [String], line: String)] = [
    (
      ["--count", "0"], #"--count is "0": a whole number from 1 to 9223372036854775807 is required"#
    ),
    (
      ["--count", "x"], #"--count is "x": a whole number from 1 to 9223372036854775807 is required"#
    ),
    (
      ["--machine-id", "1024"],
      #"--machine-id is "1024": a whole number from 0 to 1023 is required, or auto"#
    ),
  ]

  @Test(arguments: badGenerate)
  func generateExplainsBadValues(_ test: (arguments: [String], line: String)) throws {
    let result = try Tool.idgen(["generate"] + test.arguments, environment: ["MACHINE_ID": "1"])
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(result.standardError == "idgen: \(test.line)\n")
  }

  static let decodeCases: [(arguments: [String], output: String)] = [
    (
      ["275238510129057792", "0", "9223372036854775807"],
      """
      id                   timestamp                 milliseconds   machine  sequence
      275238510129057792   2026-01-29T12:19:34.499Z  65621974499    1        0
      0                    2024-01-01T00:00:00.000Z  0              0        0
      9223372036854775807  2093-09-06T15:47:35.551Z  2199023255551  1023     4095

        timestamp                                 machine    sequence
      0 00000111101000111010111111101110111100011 0000000001 000000000000
      0 00000000000000000000000000000000000000000 0000000000 000000000000
      0 11111111111111111111111111111111111111111 1111111111 111111111111

      """
    ),
    (
      ["--json", "275238510129057792", "4095"],
      """
      {"id": 275238510129057792, "timestamp_ms": 65621974499, \
      "timestamp": "2026-01-29T12:19:34.499Z", "machine_id": 1, "sequence": 0}
      {"id": 4095, "timestamp_ms": 0, \
      "timestamp": "2024-01-01T00:00:00.000Z", "machine_id": 0, "sequence": 4095}

      """
    ),
  ]

  @Test(arguments: decodeCases)
  func decodeShowsTheParts(_ test: (arguments: [String], output: String)) throws {
    let result = try Tool.idgen(["decode"] + test.arguments)
    #expect(result.exit == .status(0))
    #expect(result.standardOutput == test.output)
  }

  /// In colours on a terminal, unless its user has asked for none.
  @Test(arguments: [
    ([:], true), (["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false),
  ])
  func decodeIsColouredOnATerminal(_ environment: [String: String], _ isColoured: Bool) throws {
    let command = "'\(try Tool.idgen().path)' decode 4097"
    let result = try Tool.run(
      "script", ["--quiet", "--return", "--command", command, "/dev/null"],
      environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 })
    #expect(result.exit == .status(0))
    let bits = result.standardOutput.split(whereSeparator: \.isNewline).last
    let zeros = String(repeating: "0", count: 41)
    #expect(
      bits
        == (isColoured
          ? "0 \u{1B}[36m\(zeros)\u{1B}[0m \u{1B}[33m0000000001\u{1B}[0m \u{1B}[35m000000000001\u{1B}[0m"
          : "0 \(zeros) 0000000001 000000000001"))
  }

  @Test(arguments: ["", "abc", "1.0", " 1", "9223372036854775808", "99999999999999999999"])
  func decodeExplainsWhatIsNoID(text: String) throws {
    let result = try Tool.idgen("decode", "1", text)
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(
      result.standardError
        == "idgen: ID \"\(text)\" is not a decimal number from 0 to 9223372036854775807\n")
  }

  @Test func healthTellsWhetherTheServerAnswers() throws {
    let server = try RunningServer()
    let port = "\(server.port)"
    #expect(try Tool.idgen("health", "--port", port).exit == .status(0))
    #expect(try Tool.idgen("health", environment: ["PORT": port]).exit == .status(0))
    #expect(try server.stop() == .status(0))
    let result = try Tool.idgen("health", "--port", port)
    #expect(result.exit == .status(1))
    #expect(
      result.standardError == "idgen: 127.0.0.1:\(port): connection refused (ECONNREFUSED)\n")
  }

  /// In the environment of the server, as a container's health check has it.
  @Test(arguments: ["127.0.0.2", "::1", "::", "0.0.0.0", "localhost"])
  func healthAsksWhereTheServerListens(host: String) throws {
    let server = try RunningServer(environment: ["HOST": host])
    let environment = ["HOST": host, "PORT": "\(server.port)"]
    #expect(try Tool.idgen("health", environment: environment).exit == .status(0))
    #expect(try server.stop() == .status(0))
    let error = try Tool.idgen("health", environment: environment).standardError
    let place = host.contains(":") ? "[\(host)]" : host
    #expect(error == "idgen: \(place):\(server.port): connection refused (ECONNREFUSED)\n")
  }

  @Test func badHealthHostIsExplained() throws {
    let empty = try Tool.idgen("health", environment: ["HOST": ""])
    #expect(empty.exit == .status(64))
    #expect(empty.standardError == "idgen: HOST is empty: a name or address is required\n")
    let unknown = try Tool.idgen("health", "--host", "nobody.invalid")
    #expect(unknown.exit == .status(1))
    #expect(unknown.standardError.hasPrefix("idgen: nobody.invalid:8080: "))
  }
}
