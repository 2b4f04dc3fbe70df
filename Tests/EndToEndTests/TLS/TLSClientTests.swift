#if TLS
import Foundation
import TestSupport
import Testing

/// Clients that others have written, over TLS, with and without a certificate.
@Suite struct TLSClientTests {
  struct Client: CustomTestStringConvertible {
    let testDescription: String
    /// The address, the authorities' file, and perhaps the client's certificate and key follow, if
    /// it is a program of ours.
    let command: [String]
    /// How curl-like clients name these files.
    var flags: [String]?
    /// What standard output matches if it is served.
    var output = "^TLSv1.3 ok\n$"
    /// What standard error, or else standard output, matches if the server refuses its certificate,
    /// or the lack of one.
    let refusal: String
    var canHaveCertificate = true

    func command(_ url: String, _ authority: String, _ identity: [String]) -> [String] {
      guard let flags else { return command + [url, authority] + identity }
      return command + zip(flags, [authority] + identity).flatMap { [$0, $1] } + ["\(url)/id"]
    }
  }

  private static let openssl = ["sh", "-c", TLSClientScript.openssl, "sh"]

  static let clients = [
    Client(
      testDescription: "curl", command: ["curl", "-sSf"], flags: ["--cacert", "--cert", "--key"],
      output: #"^\{"id": \d+, "machine_id": 1\}$"#, refusal: #"alert|curl: \(5[56]\)"#),
    Client(
      testDescription: "curl, TLS 1.2", command: ["curl", "-sSf", "--tls-max", "1.2"],
      flags: ["--cacert", "--cert", "--key"], output: #"^\{"id": \d+, "machine_id": 1\}$"#,
      refusal: #"alert|verification failed|curl: \(5[56]\)"#),
    Client(
      testDescription: "Python http.client",
      command: ["/usr/bin/python3", "-c", TLSClientScript.python], refusal: "ALERT"),
    Client(
      testDescription: "Python requests",
      command: ["/usr/bin/python3", "-c", TLSClientScript.requests],
      refusal: "ALERT|Connection aborted"),
    Client(
      testDescription: "Node https",
      command: ["node", "--input-type=module", "-e", TLSClientScript.node], refusal: "alert"),
    Client(
      testDescription: "Go net/http", command: ["GO"],
      refusal: "remote error: tls: |connection reset|broken pipe"),
    Client(
      testDescription: "openssl s_client, TLS 1.2", command: openssl + ["tls1_2"],
      output: "^TLSv1.2\nok\n$", refusal: "alert"),
    Client(
      testDescription: "openssl s_client, TLS 1.3", command: openssl + ["tls1_3"],
      output: "^TLSv1.3\nok\n$", refusal: "alert"),
    Client(
      testDescription: "wrk", command: ["wrk", "-t1", "-c8", "-d1s"], flags: [],
      output: #" [1-9]\d* requests in "#, refusal: "Socket errors: .* read [1-9]| 0 requests in",
      canHaveCertificate: false),
    Client(
      testDescription: "ab -k", command: ["ab", "-k", "-q", "-n", "500", "-c", "8"], flags: [],
      output: #"Failed requests: +0\n(.*\n)*Keep-Alive requests: +500\n"#,
      refusal: "SSL (read|handshake) failed|apr_|Complete requests: +0",
      canHaveCertificate: false),
    Client(
      testDescription: "h2load --h1", command: ["h2load", "--h1", "-n", "500", "-c", "8"],
      flags: [], output: "500 succeeded, 0 failed", refusal: " 0 succeeded",
      canHaveCertificate: false),
  ]

  @Test(arguments: clients) func isServed(_ client: Client) throws {
    let tls = try TLSServer()
    try Self.run(client, tls).expectServed(client)
    // The others close connections whose handshake has begun.
    if client.canHaveCertificate {
      #expect(try tls.metric("idgen_tls_handshake_failures_total") == 0)
    }
    #expect(try tls.server.stop() == .status(0))
  }

  /// The server asks for a certificate: that of its authority is accepted, and no other.
  @Test(arguments: clients) func needsItsCertificate(_ client: Client) throws {
    let tls = try TLSServer(asksClients: true)
    let identities = client.canHaveCertificate ? ["client", "stranger", "expired", nil] : [nil]
    for identity in identities {
      let tool = try Self.run(client, tls, identity)
      if identity == "client" {
        tool.expectServed(client)
      } else {
        let text = tool.standardError + tool.standardOutput
        #expect(text.contains(try Regex(client.refusal)), "\(identity ?? "none"): \(text)")
        #expect(!text.contains("machine_id") && !text.contains("ok\n"))
      }
    }
    let failures = try #require(try tls.metric("idgen_tls_handshake_failures_total"))
    #expect(failures >= identities.count { $0 != "client" })
    // All requests that were served are those of the one client that may ask.
    let served = try #require(try tls.metric("idgen_ids_total"))
    #expect((served > 0) == client.canHaveCertificate)
    #expect(try tls.server.stop() == .status(0))
  }

  /// The client refuses a server whose authority it does not trust.
  @Test(arguments: clients.filter(\.canHaveCertificate))
  func verifiesTheServer(_ client: Client) throws {
    let tls = try TLSServer()
    let tool = try Self.run(client, tls, authority: "other")
    #expect(tool.exit != .status(0))
    #expect(tool.standardError.contains(#/certificate/#.ignoresCase()), "\(tool.standardError)")
    #expect(!tool.standardOutput.contains("ok") && !tool.standardOutput.contains("machine_id"))
    #expect(try tls.server.stop() == .status(0))
  }

  private static func run(
    _ client: Client, _ tls: TLSServer, _ identity: String? = nil, authority: String = "authority"
  ) throws -> Tool {
    let files = identity.map {
      [tls.certificates.certificate($0), tls.certificates.key($0)]
    }
    var command = client.command(
      tls.url, tls.certificates.certificate(authority), files ?? [])
    if command[0] == "GO" { command[0] = try goClient.get() }
    return try Tool.run(
      command[0], Array(command.dropFirst()),
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
  }

  /// The program in Go, compiled once, beside the tests' own build.
  private static let goClient = Result {
    let folder = ExampleTests.folder.deletingLastPathComponent()
      .appendingPathComponent(".build/tls-client")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let (source, program) = (folder.path + "/client.go", folder.path + "/client")
    try Data(TLSClientScript.go.utf8).write(to: URL(fileURLWithPath: source))
    let tool = try Tool.run(
      "go", ["build", "-o", program, source],
      environment: ProcessInfo.processInfo.environment, seconds: 300)
    guard tool.exit == .status(0) else { throw HarnessError(tool.standardError) }
    return program
  }
}

extension Tool {
  fileprivate func expectServed(_ client: TLSClientTests.Client) {
    #expect(exit == .status(0), "\(standardError)")
    #expect(
      (try? standardOutput.contains(Regex(client.output))) == true,
      "\(standardOutput)\(standardError)")
  }
}
#endif
