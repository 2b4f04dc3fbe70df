import BuildInfo
import HTTP1
import Reservations
import TestSupport
import Testing

@testable import API

struct MetricsTextTests {
  @Test func text() {
    var text = MetricsText()
    text.counter("a_total", "A.", 1)
    text.counters("b_total", "B.", [([("x", "1"), ("y", "2")], 3), ([("x", "2")], 0)])
    text.gauge("c_seconds", "C.", labels: [("z", "/id")], 0.25)
    #expect(
      text.text == """
        # HELP a_total A.
        # TYPE a_total counter
        a_total 1
        # HELP b_total B.
        # TYPE b_total counter
        b_total{x="1",y="2"} 3
        b_total{x="2"} 0
        # HELP c_seconds C.
        # TYPE c_seconds gauge
        c_seconds{z="/id"} 0.25

        """)
  }

  /// Each bucket counts those below it, too, and the last is the count.
  @Test func histogram() {
    var histogram = DurationHistogram()
    histogram.record(nanoseconds: 5000, count: 2)
    histogram.record(nanoseconds: 600_000, count: 1)
    histogram.record(nanoseconds: 20_000_000_000, count: 4)
    var text = MetricsText()
    text.histogram("d_seconds", "D.", histogram)
    let lines = text.text.split(separator: "\n")
    #expect(lines[2] == #"d_seconds_bucket{le="1e-05"} 2"#)
    #expect(lines[7] == #"d_seconds_bucket{le="0.0005"} 2"#)
    #expect(lines[8] == #"d_seconds_bucket{le="0.001"} 3"#)
    #expect(
      lines.suffix(4) == [
        #"d_seconds_bucket{le="10.0"} 3"#, #"d_seconds_bucket{le="+Inf"} 7"#,
        "d_seconds_sum 80.00061", "d_seconds_count 7",
      ])
  }

  @Test func serviceTellsItsState() throws {
    let client = Client(try makeService(machineID: 9))
    client.send(request("/id"))
    client.now = client.now.later(byMilliseconds: -1500)
    let text = client.service.metricsText(at: client.now)
    for line in [
      #"idgen_build_info{version="\#(BuildInfo.version)",commit="\#(BuildInfo.commit)"} 1"#,
      #"idgen_info{version="\#(BuildInfo.version)",machine_id="9"} 1"#, "idgen_ready 0",
      "idgen_ids_total 1",
      "idgen_clock_lag_seconds 1.5", "idgen_timestamps_remaining_seconds 2133401282.553",
      #"idgen_http_requests_total{endpoint="/id",code="200"} 1"#,
      #"idgen_http_requests_total{endpoint="/ids",code="200"} 0"#,
    ] {
      #expect(text.contains("\n\(line)\n"), "\(line)")
    }
    #expect(!text.contains("idgen_reservation"))
  }

  /// The kind of the store is a label, and its window is told.
  @Test func reservationsAreOfAStore() throws {
    let now = ClockReading.example
    let store = ScriptedStore(start: now.unixMilliseconds)
    let source = try IDSource(store, at: now)
    let service = IDService(source: source, limits: Limits())
    let later = now.later(1000, 1000)
    _ = try source.nextRun(upTo: 1, at: later)
    store.answer(ScriptedStore.failure)
    let text = service.metricsText(at: later)
    for line in [
      #"idgen_reservation_remaining_seconds{store="scripted"} 2.0"#,
      #"idgen_reservation_window_seconds{store="scripted"} 3.0"#,
      #"idgen_reservation_renewals_total{store="scripted"} 1"#,
      #"idgen_reservation_failures_total{store="scripted"} 1"#,
    ] {
      #expect(text.contains("\n\(line)\n"), "\(line)")
    }
  }

  /// At 0, IDs are lacking. At rest, the next request renews a file, so there is no sample.
  @Test(
    arguments: [
      (3000, false, nil), (2999, false, "0.001"), (3000, true, "0.0"), (600_000, false, nil),
    ] as [(Int64, Bool, String?)])
  func remainingTimeIsOfAReservationInUse(
    _ elapsed: Int64, _ isRequested: Bool, _ value: String?
  ) throws {
    let now = ClockReading.example
    let store = ScriptedStore(start: now.unixMilliseconds)
    let source = try IDSource(store, at: now)
    let later = now.later(elapsed, elapsed)
    if isRequested {
      _ = try? source.nextRun(upTo: 1, at: later)
      store.answer(ScriptedStore.failure)
    }
    let text = IDService(source: source, limits: Limits()).metricsText(at: later)
    let name = "idgen_reservation_remaining_seconds"
    #expect(text.contains("\n# TYPE \(name) gauge\n"))
    let samples = text.split(separator: "\n").filter { $0.hasPrefix(name) }
    #expect(samples == value.map { ["\(name){store=\"scripted\"} \($0)"] } ?? [])
  }

  /// The wait after a crash is not a lag of the clock.
  @Test func aPendingReservationIsNoLag() throws {
    let now = ClockReading.example
    let source = try IDSource(ScriptedStore(start: now.unixMilliseconds + 2200), at: now)
    let service = IDService(source: source, limits: Limits())
    for (wall, monotonic, lag) in [(0, 0, "0.0"), (-10_000, 10, "12.199")]
      as [(Int64, Int64, String)]
    {
      let text = service.metricsText(at: now.later(wall, monotonic))
      #expect(text.contains("\nidgen_clock_lag_seconds \(lag)\n"))
    }
  }

  @Test func answerIsPrometheusText() throws {
    let response = try #require(Received.all(in: answer(to: request("/metrics")).received).first)
    #expect(response.status == "HTTP/1.1 200 OK")
    #expect(response.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(response.content.hasPrefix("# HELP idgen_build_info "))
    #expect(response.content.hasSuffix("\n"))
  }

  struct Step: Sendable {
    var wall: Int64 = 0
    var nanoseconds = 0
    var monotonic: Int64 = 0
    /// How many answers to `/id` the text counts, of the two that there are then.
    let count: Int
  }

  /// Rendered once in a millisecond, and anew as soon as either clock has left it.
  @Test(arguments: [
    Step(count: 1), Step(nanoseconds: 999_999, count: 1), Step(wall: 1, count: 2),
    Step(monotonic: 1, count: 2), Step(wall: -1, count: 2), Step(wall: 1, monotonic: 1, count: 2),
  ])
  func textIsKeptForAMillisecond(_ step: Step) throws {
    let client = Client(try makeService())
    client.send(request("/id"))
    client.send(request("/metrics"))
    client.send(request("/id"))
    client.now.unixMilliseconds += step.wall
    client.now.nanosecondOfMillisecond += step.nanoseconds
    client.now.monotonicMilliseconds += step.monotonic
    _ = client.takeReceived()
    client.send(request("/metrics", method: "HEAD") + request("/metrics"))
    let line = #"idgen_http_requests_total{endpoint="/id",code="200"} \#(step.count)"#
    #expect(client.received.contains("\n\(line)\n"))
    let lengths = client.received.matches(of: #/Content-Length: (\d+)\r\n/#).map(\.1)
    #expect(lengths.count == 2)
    #expect(Set(lengths).count == 1)
  }
}
