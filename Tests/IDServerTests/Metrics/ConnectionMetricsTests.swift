import Glibc
import Testing

@testable import API
@testable import IDServer

struct ConnectionMetricsTests {
  @Test func clockStepsAreCountedByDirection() {
    var counts = ClockStepCounts()
    for milliseconds in [-1, -20_000, 5] { counts.didStep(byMilliseconds: Int64(milliseconds)) }
    #expect(counts.backward == 2)
    #expect(counts.forward == 1)
  }

  /// The text of `/metrics` includes what only the server knows.
  @Test func serviceDescribesItsServer() throws {
    let server = try makeServer()
    server.main.metrics.didReceive(byteCount: 7)
    server.main.metrics.didSend(byteCount: 25)
    server.main.metrics.didAccept()
    let text = server.service.metricsText(at: server.now())
    for line in [
      "idgen_received_bytes_total 7", "idgen_sent_bytes_total 25", "idgen_connections_open 1",
      "idgen_connections_max 10000", "idgen_held_bytes 0",
      #"idgen_clock_steps_total{direction="forward"} 0"#,
    ] {
      #expect(text.contains("\n\(line)\n"), "\(line)")
    }
    #expect(text.contains("\nprocess_cpu_seconds_total "))
    server.didReceiveSignal(SIGTERM)
    try server.run()
  }
}
