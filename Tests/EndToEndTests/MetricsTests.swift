import Foundation
import Testing

@Suite struct MetricsTests {
  private let state: StateFolder

  init() throws { state = try StateFolder() }

  @Test func promtoolFindsNothingWrong() throws {
    let server = try RunningServer(environment: state.environment)
    let client = try RawClient(port: server.port)
    try client.send(Request.id + Request.get("/ids?count=2") + Request.get("/nowhere"))
    for _ in 0..<3 { _ = try client.readResponse() }
    try client.send(Request.get("/metrics"))
    let metrics = try client.readResponse()
    #expect(metrics["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")

    let file = URL(fileURLWithPath: state.path).appendingPathComponent("metrics")
    try Data(metrics.body.utf8).write(to: file)
    // It reads standard input only, and exits with 3 if it only has advice.
    let promtool = try Tool.find("promtool").path
    let check = try Tool.run("sh", ["-c", "\"$0\" check metrics <\"$1\"", promtool, file.path])
    #expect(check.exit == .status(0))
    #expect(check.standardOutput + check.standardError == "")
    #expect(try server.stop() == .status(0))
    #expect(server.standardError.contains("stopped: 4 requests answered, 3 IDs made"))
  }

  /// The metrics count what has happened, including connections and bytes.
  @Test func metricsAreTrue() throws {
    let server = try RunningServer(environment: ["MAX_CONNECTIONS": "2"])
    let client = try RawClient(port: server.port)
    try client.send(Request.id + Request.health)
    for _ in 0..<2 { _ = try client.readResponse() }
    let broken = try RawClient(port: server.port)
    try broken.send("GET /\n")
    #expect(try broken.readResponse().status == 400)
    let refused = try RawClient(port: server.port)
    try refused.send(Request.id)
    #expect(try refused.readResponse().status == 503)

    // The server answers a refused connection before it reads from it: by this response at the
    // latest.
    try client.send(Request.health)
    _ = try client.readResponse()

    let before = try client.metrics()
    #expect(before["idgen_connections_accepted_total"] == "3")
    #expect(before["idgen_connections_refused_total"] == "1")
    #expect(before["idgen_connections_max"] == "2")
    #expect(before[#"idgen_http_parse_errors_total{reason="bare_line_feed"}"#] == "1")
    #expect(before[#"idgen_http_requests_total{endpoint="/id",code="200"}"#] == "1")
    #expect(before[#"idgen_http_requests_total{endpoint="other",code="503"}"#] == "1")
    #expect(before["idgen_http_request_duration_seconds_count"] == "5")

    usleep(2000)  // Within a millisecond, the text stays as it is.
    let after = try client.metrics()
    let received = { (metrics: [String: String]) in
      Int(metrics["idgen_received_bytes_total"] ?? "") ?? 0
    }
    #expect(received(after) - received(before) == Request.get("/metrics").utf8.count)
    #expect(after["idgen_http_request_duration_seconds_count"] == "6")
    #expect(after[#"idgen_http_requests_total{endpoint="/metrics",code="200"}"#] == "1")
  }
}
