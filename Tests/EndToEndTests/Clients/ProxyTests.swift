import Foundation
import TestSupport
import Testing

/// Behind nginx and HAProxy, as the service is deployed. Both listen on a socket file: no port to
/// guess.
@Suite struct ProxyTests {
  /// All requests go over the one connection that nginx keeps to the server.
  @Test func nginxKeepsItsConnection() throws {
    let server = try RunningServer()
    let folder = try TemporaryFolder()
    let socket = folder.path("socket")
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
        client_body_temp_path \(folder.path("body"));
        proxy_temp_path \(folder.path("proxy"));
        fastcgi_temp_path \(folder.path("fastcgi"));
        uwsgi_temp_path \(folder.path("uwsgi"));
        scgi_temp_path \(folder.path("scgi"));
        upstream idgen { server 127.0.0.1:\(server.port); keepalive 1; }
        server {
          listen unix:\(socket);
          location / {
            proxy_pass http://idgen;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
          }
        }
      }
      """)
    let nginx = try ChildProcess(
      Tool.find("nginx"), ["-e", "stderr", "-c", configuration, "-p", folder.path("")],
      environment: [:])
    try Self.wait(for: "200", at: "/health", socket, nginx)
    let result = try Self.curl(socket, "/id#[1-200]")
    #expect(result.filter { $0.contains(#/^\{"id": \d{18}, "machine_id": 1\} 200$/#) }.count == 200)
    #expect(Set(result).count == 200)
    #expect(try Self.curl(socket, "/id", "--head").last?.hasSuffix("\r\n 200") == true)
    #expect(try Self.curl(socket, "/id", "--data", "a=1").last?.hasSuffix(" 405") == true)
    #expect(try Self.curl(socket, "/health") == ["ok 200"])
    // One for nginx, perhaps another after an error, and this one; without keep-alive, two hundred.
    #expect(try 2...4 ~= Self.acceptedCount(server))
    nginx.send(SIGTERM)
    #expect(try nginx.waitForExit() == .status(0))
    #expect(try server.stop() == .status(0))
  }

  /// HAProxy asks for the health of two servers, and leaves out the one that has ended.
  @Test func haproxyChecksHealth() throws {
    let servers = try (1...2).map { try RunningServer(environment: ["MACHINE_ID": "\($0)"]) }
    let folder = try TemporaryFolder()
    let socket = folder.path("socket")
    let configuration = try folder.add(
      "haproxy.cfg",
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 30s
        timeout server 30s
      frontend ids
        bind unix@\(socket)
        default_backend idgen
      backend idgen
        balance roundrobin
        option httpchk
        http-check send meth GET uri /health ver HTTP/1.1 hdr Host idgen
        http-check expect string ok
        server one 127.0.0.1:\(servers[0].port) check inter 50 fall 1 rise 1
        server two 127.0.0.1:\(servers[1].port) check inter 50 fall 1 rise 1

      """)
    let haproxy = try ChildProcess(
      Tool.find("haproxy"), ["-db", "-f", configuration], environment: [:])
    try Self.wait(for: "200", at: "/health", socket, haproxy)
    let both = try Self.curl(socket, "/id#[1-200]")
    #expect(Set(both).count == 200)
    for machineID in 1...2 {
      #expect(both.contains { $0.hasSuffix(#""machine_id": \#(machineID)} 200"#) })
    }
    #expect(try servers[0].stop() == .status(0))
    #expect(try haproxy.waitForStandardError(containing: "Server idgen/one is DOWN"))
    let rest = try Self.curl(socket, "/id#[1-50]")
    #expect(rest.count { $0.hasSuffix(#""machine_id": 2} 200"#) } == 50)
    haproxy.send(SIGTERM)
    _ = try haproxy.waitForExit()
    #expect(try servers[1].stop() == .status(0))
  }

  /// One line for each response: its content and its status.
  private static func curl(
    _ socket: String, _ path: String, _ arguments: String...
  ) throws -> [String] {
    let result = try Tool.run(
      "curl",
      ["--silent", "--unix-socket", socket, "--write-out", " %{http_code}\n"]
        + arguments + ["http://localhost\(path)"])
    return result.standardOutput.split(separator: "\n").map(String.init)
  }

  /// How many connections the server has accepted, as it says itself.
  private static func acceptedCount(_ server: RunningServer) throws -> Int {
    try RawClient(port: server.port).metric("idgen_connections_accepted_total")
  }

  private static func wait(
    for status: String, at path: String, _ socket: String, _ proxy: ChildProcess
  ) throws {
    for _ in 0..<600 {
      if try curl(socket, path).last?.hasSuffix(status) == true { return }
      usleep(50_000)
    }
    throw HarnessError("the proxy does not answer: \(proxy.standardError)")
  }
}
