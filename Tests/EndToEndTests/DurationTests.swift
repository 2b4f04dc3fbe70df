import Testing

/// How long answers take is measured on a clock that nobody sets.
@Suite struct DurationTests {
  /// A request that waits for the next millisecond while the clock is set by an hour: back, so that
  /// it is refused once the clock goes on, or forward.
  @Test(
    .setsClock,
    arguments: ["@2026-11-21 03:00:00", "@2026-11-21 05:00:00"])
  func clockThatIsSetMeanwhileIsNotMeasured(_ set: String) throws {
    // It stands still, so that the IDs of its millisecond can be used up.
    let clock = try FakeClock("2026-11-21 04:00:00")
    let server = try RunningServer(environment: clock.environment)
    let observer = try RawClient(port: server.port)
    let client = try RawClient(port: server.port)
    try client.send(Request.get("/ids?count=4096") + Request.id)
    #expect(try client.readResponse().status == 200)
    for _ in 0..<500 where try observer.metric("idgen_waiting_requests{size=\"few\"}") == 0 {}
    #expect(try observer.metric("idgen_waiting_requests{size=\"few\"}") == 1)
    try clock.set(set)
    #expect([200, 503].contains(try client.readResponse().status))
    let metrics = try observer.metrics()
    let sum = try #require(
      metrics["idgen_http_request_duration_seconds_sum"].flatMap { Double($0) })
    #expect(0..<60 ~= sum)
  }
}
