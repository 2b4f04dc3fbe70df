import HTTP1
import Snowflake
import TestSupport
import Testing

@testable import API

struct MetricsTests {
  static let answers: [(request: String, endpoint: String, status: Status)] = [
    (request("/id"), "/id", .ok),
    (request("/id", method: "HEAD"), "/id", .ok),
    (request("/%69d"), "/id", .ok),
    (request("/id?format=x"), "/id", .badRequest),
    (request("/id", method: "POST"), "/id", .methodNotAllowed),
    (request("/id", fields: "Accept: image/png\r\n"), "/id", .notAcceptable),
    (request("/ids?count=2048"), "/ids", .ok),
    (request("/ids?count=0"), "/ids", .badRequest),
    (request("/health"), "/health", .ok),
    (request("/ready"), "/ready", .ok),
    (request("/metrics"), "/metrics", .ok),
    (request("*", method: "OPTIONS"), "*", .ok),
    (request("/nowhere"), "other", .notFound),
    (request("/nowhere", method: "POST"), "other", .notFound),
    (request("x:1", method: "CONNECT"), "other", .notImplemented),
    ("GET /id HTTP/2.0\r\n\r\n", "other", .httpVersionNotSupported),
  ]

  @Test(arguments: answers)
  func answersAreCounted(_ test: (request: String, endpoint: String, status: Status)) throws {
    let client = Client(try makeService())
    for count in 1...2 {
      client.send(test.request)
      let metrics = client.service.metrics
      let endpoint = try Endpoint(label: test.endpoint)
      guard test.status != .httpVersionNotSupported, test.status != .notImplemented else {
        // Only the first is answered: the session has ended.
        #expect(metrics.answerCount(endpoint, test.status) == 1)
        #expect(metrics.totalAnswers == 1)
        continue
      }
      #expect(metrics.answerCount(endpoint, test.status) == count)
      #expect(metrics.totalAnswers == count)
    }
  }

  @Test func unavailabilityIsCountedWhereItWasAskedFor() throws {
    let client = Client(try makeService())
    client.send(request("/id"))
    client.now = client.now.later(byMilliseconds: -1000)
    client.send(request("/id") + request("/ids?count=2") + request("/ready"))
    let metrics = client.service.metrics
    #expect(
      try ["/id", "/ids", "/ready"].map {
        metrics.answerCount(try Endpoint(label: $0), .serviceUnavailable)
      } == [1, 1, 1])
  }

  @Test(arguments: [("/id", 1), ("/ids?count=100", 100), ("/health", 0), ("/ids?count=x", 0)])
  func idsAreCounted(_ target: String, _ count: Int) throws {
    let client = Client(try makeService())
    client.send(request(target))
    #expect(client.service.metrics.ids == count)
  }

  @Test func parseErrorsAreCountedByReason() throws {
    let service = try makeService()
    for text in ["GET /\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"] {
      Client(service).send(text)
    }
    for error in RequestError.allCases {
      let count = service.metrics.parseErrorCount(error)
      #expect(count == [.bareLineFeed: 1, .missingHost: 2][error, default: 0])
    }
    #expect(service.metrics.answerCount(.other, .badRequest) == 3)
  }

  /// Only answers that have been written have taken time, and each is timed once.
  @Test func eachAnswerIsTimedOnce() throws {
    let metrics = RequestMetrics()
    metrics.didTakeTime(nanoseconds: 30_000)  // `100 Continue`.
    metrics.didAnswer(.server, .ok)
    metrics.didAnswer(.other, .notFound)
    metrics.didTakeTime(nanoseconds: 20_000)
    metrics.didTakeTime(nanoseconds: 10_000)
    #expect(metrics.durationHistogram.counts[1] == 2)
    #expect(metrics.durationHistogram.sumNanoseconds == 40_000)
  }
}

extension Endpoint {
  /// The one that metrics call so.
  init(label: String) throws {
    self = try #require(Endpoint.all.first { $0.label == label })
  }
}

struct DurationHistogramTests {
  private static let last = DurationHistogram.boundsNanoseconds.count

  /// A bound belongs to the bucket below it: `le` means at most.
  static let cases: [(nanoseconds: Int64, bucket: Int)] =
    DurationHistogram.boundsNanoseconds.enumerated().flatMap { [($1, $0), ($1 + 1, $0 + 1)] }
    + [(-1, 0), (0, 0), (.max, last)]

  @Test(arguments: cases)
  func buckets(_ test: (nanoseconds: Int64, bucket: Int)) {
    var histogram = DurationHistogram()
    histogram.record(nanoseconds: test.nanoseconds, count: 3)
    let counts = histogram.counts.indices.map { histogram.counts[$0] }
    #expect(counts == (0...Self.last).map { $0 == test.bucket ? 3 : 0 })
  }

  @Test func boundsIncrease() {
    let bounds = DurationHistogram.boundsNanoseconds
    #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
  }
}
