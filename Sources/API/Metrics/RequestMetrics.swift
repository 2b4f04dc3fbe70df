import HTTP1

/// The counters of requests: plain integers that the loop's thread changes, rendered on request.
///
/// Its stored properties are private or set only here, and the hot ones are integers and inline
/// arrays: both avoid dynamic exclusivity enforcement.
package final class RequestMetrics {
  /// The size of `okAnswers`; a test checks that no endpoint is past it.
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

  private(set) var ids = 0
  private(set) var waits = 0
}

// MARK: - Requests

extension RequestMetrics {
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

  /// Counts a request that has been parked until the next timestamp.
  package func didWait() { waits += 1 }

  func answerCount(_ endpoint: Endpoint, _ status: Status) -> Int {
    status == .ok ? okAnswers[endpoint.index] : otherAnswers[Self.index(endpoint, status)]
  }

  func parseErrorCount(_ error: RequestError) -> Int {
    parseErrors[RequestError.allCases.firstIndex(of: error) ?? 0]
  }

  package var totalIDs: Int { ids }

  package var totalAnswers: Int {
    Endpoint.all.reduce(otherAnswers.reduce(0, +)) { $0 + okAnswers[$1.index] }
  }

  private static func index(_ endpoint: Endpoint, _ status: Status) -> Int {
    endpoint.index * Status.allCases.count + (Status.allCases.firstIndex(of: status) ?? 0)
  }
}

// MARK: - Time

extension RequestMetrics {
  /// Records the time between reading the requests and writing the responses in the output buffer,
  /// of which there may be none.
  package func didTakeTime(nanoseconds: Int64) {
    durations.record(nanoseconds: nanoseconds, count: untimedAnswers)
    untimedAnswers = 0
  }

  var durationHistogram: DurationHistogram { durations }
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
