#if TLS
import Foundation
import TestSupport
import Testing

/// nginx and HAProxy before idgen, with TLS in between: they verify its certificate, and have their
/// own where it asks for one.
@Suite struct TLSProxyTests {
  /// What the proxy has, and how its client is answered.
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    var asksClients = false
    var identity: String?
    var authority = "authority"
    let isServed: Bool
  }

  static let cases = [
    Case(testDescription: "the server is verified", isServed: true),
    Case(testDescription: "another authority", authority: "other", isServed: false),
    Case(
      testDescription: "a certificate of its own", asksClients: true, identity: "client",
      isServed: true),
    Case(testDescription: "no certificate", asksClients: true, isServed: false),
    Case(
      testDescription: "a stranger's", asksClients: true, identity: "stranger", isServed: false),
    Case(
      testDescription: "an expired one", asksClients: true, identity: "expired", isServed: false),
  ]

  @Test(arguments: cases) func nginx(_ test: Case) throws {
    let tls = try TLSServer(asksClients: test.asksClients)
    let folder = try TemporaryFolder()
    let own = test.identity.map {
      """
      proxy_ssl_certificate \(tls.certificates.certificate($0));
      proxy_ssl_certificate_key \(tls.certificates.key($0));
      """
    }
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map { "\($0)_temp_path \(folder.path($0));" }.joined(separator: "\n")
    let configuration = try folder.add(
      "nginx.conf",
      """
      daemon off;
      master_process off;
      pid \(folder.path("pid"));
      error_log stderr;
      events { worker_connections 64; }
      http {
        access_log off;
        \(temporary)
        upstream idgen { server 127.0.0.1:\(tls.server.port); keepalive 1; }
        server {
          listen unix:\(folder.path("socket"));
          location / {
            proxy_pass https://idgen;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_ssl_verify on;
            proxy_ssl_trusted_certificate \(tls.certificates.certificate(test.authority));
            proxy_ssl_name localhost;
            proxy_ssl_server_name on;
            \(own ?? "")
          }
        }
      }
      """)
    let nginx = try ChildProcess(
      Tool.find("nginx"), ["-e", "stderr", "-c", configuration, "-p", folder.path("")],
      environment: [:])
    try Self.expect(test, folder.path("socket"), of: nginx, before: tls)
  }

  /// It also asks for the health over TLS, without which it takes the server for dead.
  @Test(arguments: cases) func haproxy(_ test: Case) throws {
    let tls = try TLSServer(asksClients: test.asksClients)
    let folder = try TemporaryFolder()
    let own = try test.identity.map { name in
      try tls.certificates.run("cat \(name).pem \(name).key >own.pem")
      return tls.certificates.certificate("own")
    }
    let configuration = try folder.add(
      "haproxy.cfg",
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 30s
        timeout server 30s
        timeout check 30s
      frontend ids
        bind unix@\(folder.path("socket"))
        default_backend idgen
      backend idgen
        option httpchk
        http-check send meth GET uri /health ver HTTP/1.1 hdr Host idgen
        http-check expect string ok
        default-server check inter 50 fall 1 rise 1 ssl verify required sni str(localhost)
        server one 127.0.0.1:\(tls.server.port) verifyhost localhost \
      ca-file \(tls.certificates.certificate(test.authority)) \(own.map { "crt \($0)" } ?? "")

      """)
    let haproxy = try ChildProcess(
      Tool.find("haproxy"), ["-db", "-f", configuration], environment: [:])
    if !test.isServed { #expect(try haproxy.waitForStandardError(containing: "is DOWN")) }
    try Self.expect(test, folder.path("socket"), of: haproxy, before: tls)
  }

  /// Asks the proxy 50 times, and compares the answers with what the server has made.
  private static func expect(
    _ test: Case, _ socket: String, of proxy: ChildProcess, before tls: TLSServer
  ) throws {
    func ask(_ path: String) throws -> [Substring] {
      try Tool.run(
        "curl",
        ["--silent", "--unix-socket", socket, "--write-out", " %{http_code}\n"]
          + ["http://localhost\(path)"]
      ).standardOutput.split(separator: "\n")
    }
    var isAnswered = false
    for _ in 0..<600 where !isAnswered {
      // It listens once curl has a status, and may not have seen yet that the server serves.
      let status = try ask("/health").last?.suffix(4)
      isAnswered = test.isServed ? status == " 200" : status != " 000"
      if !isAnswered { usleep(50_000) }
    }
    let ids = try ask("/id#[1-50]")
    let served = ids.filter { $0.contains(#/^\{"id": \d{18}, "machine_id": 1\} 200$/#) }
    #expect(served.count == (test.isServed ? 50 : 0), "\(ids) \(proxy.standardError)")
    #expect(Set(served).count == served.count)
    if !test.isServed { #expect(ids.contains { $0.hasSuffix(" 502") || $0.hasSuffix(" 503") }) }
    #expect(try tls.metric("idgen_ids_total") == served.count)
    proxy.send(SIGTERM)
    _ = try proxy.waitForExit()
    #expect(try tls.server.stop() == .status(0))
  }
}
#endif
