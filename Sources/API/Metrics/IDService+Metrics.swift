import BuildInfo
import HTTP1
import Reservations
import Snowflake

extension IDService {
  /// The content of `/metrics`, at most a millisecond old.
  func metricsContent(at now: ClockReading) -> [UInt8] {
    if !metricsCache.isOfMillisecond(of: now) {
      metricsCache = MetricsCache(metricsText(at: now), at: now)
    }
    return metricsCache.content
  }

  /// Renders all metrics.
  func metricsText(at now: ClockReading) -> String {
    var text = MetricsText()
    text.gauge(
      "idgen_build_info", "Version and commit of this program, as labels; always 1.",
      labels: [("version", BuildInfo.version), ("commit", BuildInfo.commit)], 1)
    text.gauge(
      "idgen_info", "Version and machine ID of this process, as labels; always 1.",
      labels: [
        ("version", BuildInfo.version), ("machine_id", source.machineID.map { "\($0)" } ?? ""),
      ], 1)
    text.gauge(
      "idgen_layout_info", "Layout of the IDs, as labels; always 1.", labels: layoutLabels, 1)
    text.gauge(
      "idgen_ready", "1 if requests for IDs are answered with IDs, 0 if with 503.",
      readiness(at: now) == nil ? 1 : 0)
    describeRequests(in: &text)
    describeTime(at: now, in: &text)
    if let accessLog {
      text.counter(
        "idgen_access_log_dropped_lines_total",
        "Lines of the access log that were dropped: its reader was too slow, or a write failed.",
        accessLog.droppedLines)
    }
    appendServerMetrics(&text)
    return text.text
  }

  private var layoutLabels: [(name: String, value: String)] {
    let layout = source.layout
    return [
      ("layout", layout.description), ("timestamp_bits", "\(layout.timestampBits)"),
      ("machine_id_bits", "\(layout.machineIDBits)"),
      ("sequence_bits", "\(layout.sequenceBits)"),
      ("order", layout.order == .machineIDFirst ? "machine_id_first" : "sequence_first"),
      ("unit_ms", "\(layout.unitMilliseconds)"), ("epoch", "\(layout.epoch)"),
      ("sequence_start", source.sequenceStart.rawValue),
    ]
  }

  private func describeRequests(in text: inout MetricsText) {
    text.counter("idgen_ids_total", "IDs made.", metrics.ids)
    text.counters(
      "idgen_http_requests_total", "Requests answered, by endpoint and status.",
      Endpoint.all.flatMap { endpoint in
        // Each endpoint's usual status is present from the start, so that rates begin at 0.
        Status.allCases.map { ($0, metrics.answerCount(endpoint, $0)) }
          .filter { $1 > 0 || $0 == (endpoint == .other ? .notFound : .ok) }
          .map { status, count in
            ([("endpoint", endpoint.label), ("code", "\(status.rawValue)")], count)
          }
      })
    text.counters(
      "idgen_http_parse_errors_total", "Requests that could not be parsed, by reason.",
      RequestError.allCases.map { ([("reason", $0.rawValue)], metrics.parseErrorCount($0)) })
    text.histogram(
      "idgen_http_request_duration_seconds",
      "Time from reading a request's last bytes to writing its answer; requests that are answered "
        + "in one step each count the time of the whole step.",
      metrics.durationHistogram)
    text.counter(
      "idgen_millisecond_waits_total",
      "Requests parked until the next \(source.layout.unitName), or until more time was reserved.",
      metrics.waits)
    text.gauges(
      "idgen_waiting_requests", "Requests that are parked now, by the number of IDs requested.",
      [([("size", "few")], waiters.few.requests), ([("size", "batch")], waiters.batch.requests)])
    text.gauges(
      "idgen_waiting_requests_max",
      "Requests of each size that may be parked at once, if they ask for no more IDs than the "
        + "machine can make in a second.",
      [
        ([("size", "few")], layoutLimits.waitingCount(.few)),
        ([("size", "batch")], layoutLimits.waitingCount(.batch)),
      ])
    text.gauges(
      "idgen_waiting_ids", "IDs that parked requests of each size ask for.",
      [([("size", "few")], waiters.few.ids), ([("size", "batch")], waiters.batch.ids)])
    text.gauges(
      "idgen_waiting_ids_max", "IDs of each size that may be asked for by parked requests at once.",
      [
        ([("size", "few")], layoutLimits.waitingIDCount),
        ([("size", "batch")], layoutLimits.waitingIDCount),
      ])
  }

  private func describeTime(at now: ClockReading, in text: inout MetricsText) {
    text.gauge(
      "idgen_clock_lag_seconds", "Time by which the clock is behind the last ID, or 0.",
      seconds(source.clockLagMilliseconds(at: now)))
    text.gauge(
      "idgen_timestamps_remaining_seconds",
      "Time until the \(source.layout.timestampBits) bits of the timestamp are used up.",
      seconds(max(0, source.layout.endUnixMilliseconds - now.unixMilliseconds)))
    if let store = source.storeClient { describe(store, at: now, in: &text) }
  }

  private func describe(_ store: StoreClient, at now: ClockReading, in text: inout MetricsText) {
    let labels = [(name: "store", value: store.policy.kind)]
    text.gauges(
      "idgen_reservation_remaining_seconds",
      "Time that is reserved ahead: at 0, no ID can be made until the store works. No sample at "
        + "rest with a file, because the next request for an ID renews it.",
      source.reservedMilliseconds(at: now).map { [(labels, seconds($0))] } ?? [])
    text.gauge(
      "idgen_reservation_window_seconds", "Lease window: how far ahead time is reserved.",
      labels: labels, seconds(source.leaseWindowMilliseconds))
    text.counters(
      "idgen_reservation_renewals_total", "Renewals of the reservation that became durable.",
      [(labels, store.renewalCount)])
    text.counters(
      "idgen_reservation_failures_total",
      "Renewals of the reservation that the store refused or did not answer.",
      [(labels, store.failureCount)])
  }

  private func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1000 }
}

/// The text of `/metrics`, and when it was rendered.
///
/// It is rendered for the first request of a millisecond, and kept for the others. It is rendered
/// again as soon as either clock reads another millisecond. The wall clock alone is not enough,
/// because it can be set back to a time at which the text was rendered; nor is the monotonic clock,
/// because it is read only once a round of the loop. So the text includes all answers of earlier
/// milliseconds.
struct MetricsCache {
  private(set) var content: [UInt8] = []
  private var renderedAt: (unixMilliseconds: Int64, monotonicMilliseconds: Int64)?

  init() {}

  init(_ text: String, at now: ClockReading) {
    content = Array(text.utf8)
    renderedAt = (now.unixMilliseconds, now.monotonicMilliseconds)
  }

  func isOfMillisecond(of now: ClockReading) -> Bool {
    renderedAt.map { $0 == (now.unixMilliseconds, now.monotonicMilliseconds) } ?? false
  }
}
