import Testing

/// Clients that others have written. One that is not installed is a failure, not a pass.
@Suite struct ExternalClientTests {
  static let curlCases: [(arguments: String, path: String, output: String)] = [
    ("-f", "/health", "ok 200 text/plain; charset=utf-8 1.1"),
    ("-f", "/id", #"{"id": <id>, "machine_id": 1} 200 application/json 1.1"#),
    ("-f --http1.0", "/health", "ok 200 text/plain; charset=utf-8 1.1"),
    ("-f --http1.0", "/id", #"{"id": <id>, "machine_id": 1} 200 application/json 1.1"#),
    ("-o /dev/null", "/nowhere", " 404 application/problem+json 1.1"),
    ("-o /dev/null -d a=1", "/id", " 405 application/problem+json 1.1"),
    ("-o /dev/null -X DELETE", "/id", " 405 application/problem+json 1.1"),
    ("-o /dev/null --head", "/id", " 200 application/json 1.1"),
  ]

  @Test(arguments: curlCases)
  func curl(_ test: (arguments: String, path: String, output: String)) throws {
    let server = try RunningServer()
    let result = try Tool.run(
      "curl",
      ["--silent", "--show-error", "--max-time", "30"]
        + test.arguments.split(separator: " ").map(String.init)
        + [
          "--write-out", " %{http_code} %{content_type} %{http_version}",
          "http://127.0.0.1:\(server.port)\(test.path)",
        ])
    #expect(result.standardError == "")
    #expect(result.exit == .status(0))
    #expect(result.standardOutput.replacing(#/\d{18}/#, with: "<id>") == test.output)
  }

  @Test func curlKeepsItsConnection() throws {
    let server = try RunningServer()
    let url = "http://127.0.0.1:\(server.port)/health"
    let result = try Tool.run(
      "curl", ["--silent", "--fail", "--write-out", " %{num_connects}\n", url, url, url])
    #expect(result.standardOutput == "ok 1\nok 0\nok 0\n")
  }

  @Test(arguments: ["/id", "/health"]) func wrk(path: String) throws {
    let server = try RunningServer()
    let result = try Tool.run(
      "wrk", ["-t1", "-c64", "-d1s", "http://127.0.0.1:\(server.port)\(path)"])
    #expect(result.exit == .status(0))
    let requests = try #require(
      result.standardOutput.firstMatch(of: #/(\d+) requests in /#), "\(result.standardOutput)")
    #expect(try #require(Int(requests.1)) > 0)
    #expect(!result.standardOutput.contains("Non-2xx"), "\(result.standardOutput)")
    #expect(!result.standardOutput.contains("Socket errors"), "\(result.standardOutput)")
    #expect(try server.stop() == .status(0))
  }
}
