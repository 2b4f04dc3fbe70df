#if TLS
import Foundation
import TestSupport
import Testing

/// What clients get over TLS that plain clients do not, and the reverse.
@Suite struct TLSServiceTests {
  /// Protocols that are not spoken, and versions that are too old. At level debug, the log has the
  /// reason.
  @Test(
    arguments: [
      ("-alpn h2", "alert no application protocol", "no application protocol"),
      ("-alpn h2,h3", "alert no application protocol", "no application protocol"),
      ("-tls1_1 -cipher DEFAULT@SECLEVEL=0", "alert protocol version", "unsupported protocol"),
    ])
  func isRefused(_ arguments: String, _ answer: String, _ reason: String) throws {
    let tls = try TLSServer(environment: ["LOG_LEVEL": "debug"])
    let tool = try Tool.run(
      "openssl",
      ["s_client", "-connect", "localhost:\(tls.server.port)"]
        + arguments.split(separator: " ").map(String.init))
    #expect(tool.exit == .status(1))
    #expect(tool.standardError.contains(answer), "\(tool.standardError)")
    #expect(try tls.server.waitForLog(containing: reason))
    #expect(try tls.metric("idgen_tls_handshake_failures_total") == 1)
    #expect(try tls.server.stop() == .status(0))
  }

  /// A client that offers `h2` and `http/1.1` gets the latter; one that offers none is served.
  @Test(arguments: [(["-alpn", "h2,http/1.1"], "ALPN protocol: http/1.1"), ([], "No ALPN")])
  func negotiatesHTTP1(_ arguments: [String], _ line: String) throws {
    let tls = try TLSServer()
    let tool = try Tool.run(
      "openssl", ["s_client", "-connect", "localhost:\(tls.server.port)"] + arguments)
    #expect(tool.standardOutput.contains(line), "\(tool.standardOutput)")
    #expect(try tls.server.stop() == .status(0))
  }

  /// Who speaks HTTP to the port of HTTPS is told so, and the connection closes.
  @Test(arguments: [[], ["--data", "a=1"], ["--head"], ["--upload-file", "/etc/hostname"]])
  func plainHTTPIsAnswered(_ arguments: [String]) throws {
    let tls = try TLSServer(asksClients: true, environment: ["ACCESS_LOG": "1"])
    let client = ["curl", "-sS", "--include", "--max-time", "30"] + arguments
    let tool = try Tool.run(
      client[0], client.dropFirst() + ["http://localhost:\(tls.server.port)/id"])
    #expect(tool.exit == .status(0), "\(tool.standardError)")
    #expect(tool.standardOutput.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    #expect(tool.standardOutput.contains("\r\nConnection: close\r\n"))
    if arguments != ["--head"] {
      #expect(tool.standardOutput.hasSuffix(#""code": "https_required"}"#))
    }
    #expect(try tls.metric("idgen_ids_total") == 0)
    #expect(try tls.metric("idgen_tls_handshake_failures_total") == 1)
    #expect(try tls.server.stop() == .status(0))
    #expect(tls.server.standardOutput.contains("\" 400 "))
  }

  /// A plain port answers a handshake as it answers anything that is not HTTP.
  @Test func plainPortRefusesTLS() throws {
    let server = try RunningServer()
    let tool = try Tool.run("curl", ["-sS", "https://localhost:\(server.port)/id"])
    #expect(tool.exit == .status(35), "\(tool.standardError)")
    #expect(tool.standardOutput == "")
    #expect(try server.stop() == .status(0))
  }

  /// A session is resumed by a ticket, with and without client certificates.
  @Test(
    arguments: ["tls1_2", "tls1_3"], [false, true])
  func resumesSessions(_ version: String, _ asksClients: Bool) throws {
    let tls = try TLSServer(asksClients: asksClients)
    let folder = try TemporaryFolder()
    let command = """
      printf 'GET /health HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' |
        openssl s_client -connect "localhost:$1" "-$2" -ign_eof -CAfile "$3" \
          -cert "$4" -key "$5" "$6" "$7" 2>&1
      """
    func connect(_ flag: String) throws -> String {
      try Tool.run(
        "sh",
        ["-c", command, "sh", "\(tls.server.port)", version]
          + [tls.certificates.certificate("authority"), tls.certificates.certificate("client")]
          + [tls.certificates.key("client"), flag, folder.path("session")]
      ).standardOutput
    }
    let first = try connect("-sess_out")
    #expect(first.contains("New, TLSv1"), "\(first)")
    let second = try connect("-sess_in")
    #expect(second.contains("Reused, TLSv1"), "\(second)")
    #expect(second.contains("\r\nok"))
    #expect(try tls.server.stop() == .status(0))
  }

  /// The access log has the subject of the client's certificate in the place of a user.
  @Test func accessLogNamesTheSubject() throws {
    let tls = try TLSServer(asksClients: true, environment: ["ACCESS_LOG": "1"])
    try tls.certificates.makeFiles(#"Ann_"X"_B"#)
    #expect(try tls.curl("/health", identity: "client").standardOutput == "ok")
    #expect(try tls.curl("/health", identity: #"Ann_"X"_B"#).standardOutput == "ok")
    #expect(try tls.server.stop() == .status(0))
    let lines = tls.server.standardOutput.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines.first?.contains(#/^(127\.0\.0\.1|::1) - "CN=client,O=idgen" \[/#) == true, "\(lines)")
    // RFC 4514 writes a quotation mark with a backslash, and the log writes each of both so.
    #expect(lines.last?.contains(#/ - "CN=Ann_\\\\\\"X\\\\\\"_B,O=idgen" \[/#) == true, "\(lines)")
  }

  /// Without the setting, a client is not asked, and the log names nobody.
  @Test func accessLogNamesNobody() throws {
    let tls = try TLSServer(environment: ["ACCESS_LOG": "1"])
    #expect(try tls.curl("/health", identity: "client").standardOutput == "ok")
    #expect(try tls.server.stop() == .status(0))
    #expect(tls.server.standardOutput.contains(#/^(127\.0\.0\.1|::1) - - \[/#))
  }

  @Test(arguments: ["/", "/openapi.yaml", "/metrics", "/ids?count=4096"])
  func largeResponsesAreWhole(_ path: String) throws {
    let tls = try TLSServer()
    let tool = try tls.curl(
      path, ["--fail", "--write-out", " %{http_code} %header{content-length}"])
    #expect(tool.exit == .status(0), "\(tool.standardError)")
    let words = tool.standardOutput.split(separator: " ").suffix(2)
    #expect(words.first == "200")
    let count = tool.standardOutput.utf8.count - " 200 ".utf8.count - (words.last?.count ?? 0)
    #expect(words.last == "\(count)")
    #expect(try tls.server.stop() == .status(0))
  }

  /// `idgen health` has the server's certificate, and needs no other.
  @Test(arguments: [false, true]) func healthIsAskedOverTLS(_ asksClients: Bool) throws {
    let tls = try TLSServer(asksClients: asksClients)
    let settings = TLSServer.settings(tls.certificates, asksClients: asksClients)
      .merging(["PORT": "\(tls.server.port)"]) { $1 }
    let healthy = try Tool.idgen(["health"], environment: settings)
    #expect(healthy.exit == .status(0), "\(healthy.standardError)")
    // Another server, which has another certificate.
    try tls.certificates.makeFiles("server", authority: "other")
    let another = try Tool.idgen(["health"], environment: settings)
    #expect(another.exit == .status(1))
    #expect(another.standardError.contains("certificate"), "\(another.standardError)")
    #expect(try tls.server.stop() == .status(0))
  }

  /// Each verifies the server's certificate.
  @Test(arguments: [["sh", "id.sh"], ["/usr/bin/python3", "id.py"], ["node", "id.mjs"]])
  func examplesTakeHTTPS(_ command: [String]) throws {
    let tls = try TLSServer()
    let authority = tls.certificates.certificate("authority")
    let file = ExampleTests.folder.appendingPathComponent(command[1]).path
    let tool = try Tool.run(
      command[0], [file, tls.url, "3"],
      environment: [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "CURL_CA_BUNDLE": authority, "SSL_CERT_FILE": authority, "NODE_EXTRA_CA_CERTS": authority,
      ])
    #expect(tool.exit == .status(0), "\(tool.standardError)")
    #expect(tool.standardOutput.contains(#/^(\d{18}\n){3}$/#), "\(tool.standardOutput)")
    #expect(try tls.server.stop() == .status(0))
  }
}
#endif
