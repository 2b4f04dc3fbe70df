import HTTP1

/// The server's counters: plain integers that the loop's thread changes, rendered on request.
///
/// It is a final class with private properties, and those on the hot path are not arrays on the
/// heap, which avoids dynamic exclusivity enforcement.
package final class Metrics {
  /// The maximum number of endpoints.
  static let maximumEndpointCount = 16
  /// The number of responses with status 200, by endpoint. `otherAnswers` has all other statuses:
  /// one row of statuses per endpoint.
  private var okAnswers = InlineArray<16, Int>(repeating: 0)
  private var otherAnswers = [Int](
    repeating: 0, count: Endpoint.all.count * Status.allCases.count)
  private var parseErrors = [Int](repeating: 0, count: RequestError.allCases.count)
  private var durations = DurationHistogram()
  /// The number of responses in the output buffer whose duration is not recorded yet.
  private var untimedAnswers = 0

  package private(set) var ids = 0
  private(set) var waits = 0
  private(set) var receivedBytes = 0
  private(set) var sentBytes = 0
  private(set) var acceptedConnections = 0
  private(set) var closedConnections = 0
  private(set) var refusedConnections = 0
  private(set) var droppedConnections = 0
  private(set) var acceptErrors = 0
  private(set) var clockStepsBackward = 0
  private(set) var clockStepsForward = 0
}

// MARK: - Requests

extension Metrics {
  /// - Parameter count: the number of IDs, 1 or more.
  @inline(__always)
  func didMakeIDs(_ count: Int) { ids &+= count }

  /// Counts a response that has been written to the output buffer.
  @inline(__always)
  func didAnswer(_ endpoint: Endpoint, _ status: Status) {
    untimedAnswers &+= 1
    if status == .ok {
      okAnswers[endpoint.index] &+= 1
    } else {
      otherAnswers[Self.index(endpoint, status)] += 1
    }
  }

  /// Counts a request that could not be parsed. Its response is counted as well.
  func didFailToParse(_ error: RequestError) {
    parseErrors[RequestError.allCases.firstIndex(of: error) ?? 0] += 1
  }

  /// Counts a request that has been parked until the next millisecond.
  package func didWait() { waits += 1 }

  func answerCount(_ endpoint: Endpoint, _ status: Status) -> Int {
    status == .ok ? okAnswers[endpoint.index] : otherAnswers[Self.index(endpoint, status)]
  }

  func parseErrorCount(_ error: RequestError) -> Int {
    parseErrors[RequestError.allCases.firstIndex(of: error) ?? 0]
  }

  package var totalAnswers: Int {
    Endpoint.all.reduce(otherAnswers.reduce(0, +)) { $0 + okAnswers[$1.index] }
  }

  private static func index(_ endpoint: Endpoint, _ status: Status) -> Int {
    endpoint.index * Status.allCases.count + (Status.allCases.firstIndex(of: status) ?? 0)
  }
}

// MARK: - Bytes and time

extension Metrics {
  @inline(__always)
  package func didReceive(byteCount: Int) { receivedBytes &+= byteCount }

  /// Counts the bytes of the output buffer that have been written.
  ///
  /// - Returns: whether it contained responses; then call ``didTakeTime(nanoseconds:)``.
  @inline(__always)
  package func didSend(byteCount: Int) -> Bool {
    sentBytes &+= byteCount
    return untimedAnswers > 0
  }

  /// Records the time between reading the requests and writing the responses in the output buffer.
  @inline(__always)
  package func didTakeTime(nanoseconds: Int64) {
    durations.record(nanoseconds: nanoseconds, count: untimedAnswers)
    untimedAnswers = 0
  }

  var durationHistogram: DurationHistogram { durations }
}

// MARK: - Connections and the clock

extension Metrics {
  package func didAccept() { acceptedConnections += 1 }
  package func didClose() { closedConnections += 1 }
  package func didRefuse() { refusedConnections += 1 }
  package func didDrop() { droppedConnections += 1 }
  package func didFailToAccept() { acceptErrors += 1 }

  /// - Parameter milliseconds: the size of the step, negative if the clock was set back.
  package func didStepClock(byMilliseconds milliseconds: Int64) {
    if milliseconds < 0 { clockStepsBackward += 1 } else { clockStepsForward += 1 }
  }
}

/// A Prometheus histogram of durations.
struct DurationHistogram {
  /// The upper bounds of the buckets, except the last, which has none.
  static let boundsNanoseconds: [Int64] = [
    10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 1_000_000_000, 10_000_000_000,
  ]

  /// The count of each bucket, not cumulative.
  private(set) var counts = InlineArray<17, Int>(repeating: 0)
  private(set) var sumNanoseconds: Int64 = 0

  /// Records requests with the same duration: those of one step.
  ///
  /// - Parameter nanoseconds: measured on a monotonic clock; a negative duration counts as 0.
  @inline(__always)
  mutating func record(nanoseconds: Int64, count: Int) {
    let duration = max(0, nanoseconds)
    counts[Self.bucket(duration)] &+= count
    sumNanoseconds &+= duration &* Int64(count)
  }

  /// The first bucket whose bound is not below the duration. Most requests take some tens of
  /// microseconds, so the first comparisons find it. A test checks that the comparisons match the
  /// bounds above.
  @inline(__always)
  private static func bucket(_ nanoseconds: Int64) -> Int {
    switch nanoseconds {
    case ...10_000: 0
    case ...25_000: 1
    case ...50_000: 2
    case ...100_000: 3
    case ...250_000: 4
    case ...500_000: 5
    case ...1_000_000: 6
    case ...2_500_000: 7
    case ...5_000_000: 8
    case ...10_000_000: 9
    case ...25_000_000: 10
    case ...50_000_000: 11
    case ...100_000_000: 12
    case ...250_000_000: 13
    case ...1_000_000_000: 14
    case ...10_000_000_000: 15
    default: 16
    }
  }
}
