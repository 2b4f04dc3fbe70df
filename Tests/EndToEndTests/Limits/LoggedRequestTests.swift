import Testing

/// What the access log keeps of a request until it is answered counts as held for its client.
@Suite struct LoggedRequestTests {
  /// 800 heads of nearly 16 kB that wait for their bodies would be 12 MB, and four times that as
  /// they are written to the log.
  @Test func requestsThatWaitForTheirBodiesAreHeld() throws {
    let server = try RunningServer(
      environment: [
        "ACCESS_LOG": "1", "MAX_HELD_BYTES": "1048576", "HEAD_TIMEOUT_MS": "600000",
        "DRAIN_TIMEOUT_MS": "100",
      ])
    let pool = try SocketPool(count: 800, port: server.port)
    // Each character is two bytes of 0x80 and more.
    let text = String(repeating: "\u{80}", count: 3900)
    pool.send(
      Request.get("/id", fields: "Content-Length: 1\r\nReferer: \(text)\r\nUser-Agent: \(text)\r\n")
    )
    let client = try RawClient(port: server.port)
    for _ in 0..<500 where try client.metric("idgen_connections_evicted_total") < 700 {}
    #expect(try client.metric("idgen_connections_evicted_total") >= 700)
    #expect(900_000...1_048_576 ~= (try client.metric("idgen_held_bytes")))
    #expect(try server.stop() == .status(0))
  }
}
