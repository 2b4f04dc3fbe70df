import HTTP1

/// What the server counts: plain numbers that one loop's thread changes, and that are rendered on
/// request.
///
/// It is a class, its properties are private, and those on the hot path hold no arrays of the heap,
/// which avoids dynamic exclusivity enforcement.
final class Metrics {
  /// How many endpoints there can be.
  static let maximumEndpointCount = 16
  /// Answers of status 200 by endpoint; and all others by endpoint and status, an endpoint's
  /// statuses one after another.
  private var okAnswers = InlineArray<16, Int>(repeating: 0)
  private var otherAnswers = [Int](
    repeating: 0, count: Endpoint.all.count * Status.allCases.count)
  private var parseErrors = [Int](repeating: 0, count: RequestError.allCases.count)
  private var durations = DurationHistogram()
  /// How many answers have been written to the output buffer but are not timed yet.
  private var untimedAnswers = 0

  private(set) var ids = 0
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
  /// - Parameter count: of IDs, 1 or more.
  @inline(__always)
  func didMakeIDs(_ count: Int) { ids &+= count }

  /// An answer has been written to the output buffer.
  @inline(__always)
  func didAnswer(_ endpoint: Endpoint, _ status: Status) {
    untimedAnswers &+= 1
    if status == .ok {
      okAnswers[endpoint.index] &+= 1
    } else {
      otherAnswers[Self.index(endpoint, status)] += 1
    }
  }

  /// A request could not be understood. It is answered, and counted, as any other, too.
  func didFailToParse(_ error: RequestError) {
    parseErrors[RequestError.allCases.firstIndex(of: error) ?? 0] += 1
  }

  /// A request has been parked until the next millisecond.
  func didWait() { waits += 1 }

  func answerCount(_ endpoint: Endpoint, _ status: Status) -> Int {
    status == .ok ? okAnswers[endpoint.index] : otherAnswers[Self.index(endpoint, status)]
  }

  func parseErrorCount(_ error: RequestError) -> Int {
    parseErrors[RequestError.allCases.firstIndex(of: error) ?? 0]
  }

  var totalAnswers: Int {
    Endpoint.all.reduce(otherAnswers.reduce(0, +)) { $0 + okAnswers[$1.index] }
  }

  private static func index(_ endpoint: Endpoint, _ status: Status) -> Int {
    endpoint.index * Status.allCases.count + (Status.allCases.firstIndex(of: status) ?? 0)
  }
}

// MARK: - Bytes and time

extension Metrics {
  @inline(__always)
  func didReceive(byteCount: Int) { receivedBytes &+= byteCount }

  /// The output buffer has been written.
  ///
  /// - Returns: whether there are answers in it, whose time ``didTakeTime(nanoseconds:)`` is to be
  ///   told.
  @inline(__always)
  func didSend(byteCount: Int) -> Bool {
    sentBytes &+= byteCount
    return untimedAnswers > 0
  }

  /// The answers in the output buffer have been written so long after their requests were read.
  @inline(__always)
  func didTakeTime(nanoseconds: Int64) {
    durations.record(nanoseconds: nanoseconds, count: untimedAnswers)
    untimedAnswers = 0
  }

  var durationHistogram: DurationHistogram { durations }
}

// MARK: - Connections and the clock

extension Metrics {
  func didAccept() { acceptedConnections += 1 }
  func didClose() { closedConnections += 1 }
  func didRefuse() { refusedConnections += 1 }
  func didDrop() { droppedConnections += 1 }
  func didFailToAccept() { acceptErrors += 1 }

  /// - Parameter milliseconds: by how much the clock was set, negative if back.
  func didStepClock(byMilliseconds milliseconds: Int64) {
    if milliseconds < 0 { clockStepsBackward += 1 } else { clockStepsForward += 1 }
  }
}

/// How many requests took how long: the buckets of a Prometheus histogram.
struct DurationHistogram {
  /// The upper bounds of the buckets but the last, which has none.
  static let boundsNanoseconds: [Int64] = [
    10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 1_000_000_000, 10_000_000_000,
  ]

  /// Of each bucket alone, not of those below it.
  private(set) var counts = InlineArray<17, Int>(repeating: 0)
  private(set) var sumNanoseconds: Int64 = 0

  /// Counts requests that took equally long: those of one batch.
  ///
  /// - Parameter nanoseconds: on a clock that nobody sets; a negative time counts as 0.
  @inline(__always)
  mutating func record(nanoseconds: Int64, count: Int) {
    let duration = max(0, nanoseconds)
    counts[Self.bucket(duration)] &+= count
    sumNanoseconds &+= duration &* Int64(count)
  }

  /// The first bucket whose bound is not below. Most take some tens of microseconds, so the first
  /// comparisons find it; that they are the bounds above, a test sees to.
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
