import Foundation
import TestSupport
import Testing

/// Clients as people use them, beyond what ``ExternalClientTests`` asks of curl and wrk. What they
/// need is installed by scripts/test.
@Suite struct ClientTests {
  struct Client: CustomTestStringConvertible {
    let testDescription: String
    let command: [String]
    /// What standard output must match in each place. `PORT` stands for the server's.
    let output: [String]

    init(_ name: String, _ command: [String], _ output: String...) {
      (testDescription, self.command, self.output) = (name, command, output)
    }
  }

  // Debian's Python, which has python3-requests, and not one that stands before it in the path.
  private static let python = ["env", "/usr/bin/python3", "-c"]
  private static let node = ["node", "--input-type=module", "-e"]
  private static let curl = ["curl", "--silent", "--show-error", "--max-time", "30"]
  /// Prints the status and how much of the body was sent.
  private static let report = [
    "--output", "/dev/null", "--write-out", "%{http_code} %{size_upload}",
  ]

  static let clients = [
    Client("Python http.client", python + [ClientScript.httpClient, "PORT"], "^ok\n$"),
    Client("Python requests", python + [ClientScript.requests, "PORT"], "^ok\n$"),
    Client("Node fetch", node + [ClientScript.fetch, "PORT"], "^ok\n$"),
    Client("Node http.Agent", node + [ClientScript.agent, "PORT"], "^ok\n$"),
    Client(
      "ab -k", ["ab", "-k", "-q", "-n", "2000", "-c", "8", "http://127.0.0.1:PORT/id"],
      #"Complete requests: +2000\n"#, #"Failed requests: +0\n"#, #"Keep-Alive requests: +2000\n"#),
    Client(
      "h2load, 16 requests in the pipe",
      ["h2load", "--h1", "-n", "5000", "-c", "8", "-m", "16", "http://127.0.0.1:PORT/id"],
      "5000 succeeded, 0 failed, 0 errored, 0 timeout", "status codes: 5000 2xx"),
    Client(
      "curl GET with 100-continue",
      curl + ["-X", "GET", "-H", "Expect: 100-continue", "-d", "hello"]
        + ["http://127.0.0.1:PORT/health"],
      "^ok$"),
    Client(
      "curl PUT, refused before the body",
      curl + report + ["-H", "Expect: 100-continue", "-T", "FILE", "http://127.0.0.1:PORT/id"],
      "^405 0$"),
    Client(
      "curl PUT, sent without asking",
      curl + report + ["-H", "Expect:", "-T", "FILE", "http://127.0.0.1:PORT/id"],
      "^405 60000$"),
    Client(
      "curl PUT, chunked",
      curl + report + ["-H", "Expect:", "-H", "Transfer-Encoding: chunked", "-T", "FILE"]
        + ["http://127.0.0.1:PORT/id"],
      #"^405 600\d\d$"#),
    Client(
      "curl HEAD and GET on one connection",
      curl + ["--head", "http://127.0.0.1:PORT/id", "--next"] + curl.dropFirst()
        + ["--write-out", " %{num_connects}", "http://127.0.0.1:PORT/health"],
      "^HTTP/1.1 200 OK\r\n", "ok 0$"),
  ]

  @Test(arguments: clients) func works(_ client: Client) throws {
    let server = try RunningServer()
    let file = try TemporaryFolder()
    let upload = try file.add("upload", String(repeating: "x", count: 60_000))
    let command = client.command.map {
      $0.replacing("PORT", with: String(server.port)).replacing("FILE", with: upload)
    }
    let result = try Tool.run(command[0], Array(command.dropFirst()))
    #expect(result.exit == .status(0), "\(result.standardError)")
    for pattern in client.output {
      #expect(
        result.standardOutput.contains(try Regex(pattern)), "\(pattern): \(result.standardOutput)")
    }
    #expect(try server.stop() == .status(0))
  }
}
