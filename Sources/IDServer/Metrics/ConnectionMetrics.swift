import API

/// A port's counters of connections: plain integers that the loop's thread changes, rendered on
/// request.
final class ConnectionMetrics {
  private(set) var receivedBytes = 0
  private(set) var sentBytes = 0
  private(set) var acceptedConnections = 0
  private(set) var closedConnections = 0
  private(set) var refusedConnections = 0
  private(set) var evictedConnections = 0
  private(set) var acceptErrors = 0
  private(set) var failedHandshakes = 0

  @inline(__always)
  func didReceive(byteCount: Int) { receivedBytes &+= byteCount }
  @inline(__always)
  func didSend(byteCount: Int) { sentBytes &+= byteCount }
  func didAccept() { acceptedConnections += 1 }
  func didClose() { closedConnections += 1 }
  func didRefuse() { refusedConnections += 1 }
  func didEvict() { evictedConnections += 1 }
  func didFailToAccept() { acceptErrors += 1 }
  func didFailHandshake() { failedHandshakes += 1 }
}

/// The steps of the wall clock that were detected.
struct ClockStepCounts {
  private(set) var backward = 0
  private(set) var forward = 0

  /// - Parameter milliseconds: the size of the step, negative if the clock was set back.
  mutating func didStep(byMilliseconds milliseconds: Int64) {
    if milliseconds < 0 { backward += 1 } else { forward += 1 }
  }
}

extension Server {
  /// Appends the metrics of clients' connections, of the clock and of the process.
  func describe(in text: inout MetricsText) {
    let metrics = main.metrics
    text.gauge(
      "idgen_connections_open", "Connections that are open now.",
      metrics.acceptedConnections - metrics.closedConnections)
    text.gauge(
      "idgen_connections_max", "Connections that may be open at once.",
      service.limits.connectionCount)
    text.counter(
      "idgen_connections_accepted_total", "Connections accepted, including those refused then.",
      metrics.acceptedConnections)
    text.counter(
      "idgen_connections_refused_total",
      "Connections answered 503 or closed at once, because too many were open.",
      metrics.refusedConnections)
    text.counter(
      "idgen_connections_evicted_total",
      "Connections evicted because all clients together held more than MAX_HELD_BYTES.",
      metrics.evictedConnections)
    text.gauge(
      "idgen_held_bytes", "Memory for unread responses and unfinished requests.",
      main.bufferBudget.byteCount)
    text.gauge(
      "idgen_held_bytes_max", "Maximum of idgen_held_bytes: MAX_HELD_BYTES.",
      service.limits.heldBytes)
    text.counter(
      "idgen_accept_errors_total", "Connections that could not be accepted: system errors.",
      metrics.acceptErrors)
    if let security = main.security {
      text.gauge(
        "idgen_tls_certificate_expiry_seconds",
        "Time at which the certificate expires, in seconds since 1970.",
        security.expiryUnixSeconds)
      text.counter(
        "idgen_tls_handshake_failures_total",
        "TLS handshakes that failed, timed out, or that the client broke off.",
        metrics.failedHandshakes)
    }
    text.counter(
      "idgen_received_bytes_total", "Bytes read from connections.", metrics.receivedBytes)
    text.counter("idgen_sent_bytes_total", "Bytes written to connections.", metrics.sentBytes)
    text.counters(
      "idgen_clock_steps_total", "Steps of the wall clock that were detected.",
      [
        ([("direction", "backward")], clockSteps.backward),
        ([("direction", "forward")], clockSteps.forward),
      ])
    ProcessUsage.now().describe(in: &text)
  }
}
