import HTTP1
import Snowflake

@testable import API
@testable import Reservations

/// What the parts of a request cost without a socket, in a plain loop: nanoseconds and allocations.
///
/// An argument narrows it to the operations whose names contain it.
@main
enum MicroBenchmarks {
  static func main() throws {
    print("operation                                     ns   limit  allocations")
    try measureGenerator()
    measureParser()
    measureFormatter()
    try measureSession()
  }

  private static func measure(
    _ name: String, limit: Int? = nil, _ operation: (_ times: Int) -> Void
  ) {
    guard CommandLine.arguments.dropFirst().allSatisfy(name.contains) else { return }
    let measurement = Measurement(operation)
    let nanoseconds = Int((measurement.nanoseconds * 10).rounded())
    let allocations = Int((measurement.allocations * 100).rounded())
    print(
      name.padded(to: 38), "\(nanoseconds / 10).\(nanoseconds % 10)".padded(before: 9),
      (limit.map(String.init) ?? "").padded(before: 7),
      "\(allocations / 100).\(allocations % 100 / 10)\(allocations % 10)".padded(before: 12))
  }

  private static func measureGenerator() throws {
    let kinds: [(name: String, layout: SnowflakeLayout, start: SequenceStart)] = [
      ("generator: next(at:)", .default, .zero),
      ("generator: next(at:), carried", .default, .carried),
      ("generator: next(at:), javascript", .javascript, .zero),
      ("generator: next(at:), sonyflake", .sonyflake, .zero),
    ]
    for (name, layout, start) in kinds {
      var generator = try SnowflakeGenerator(
        machineID: 1, layout: layout, sequenceStart: start)
      let (mask, unit) = (layout.maximumSequence, layout.unitMilliseconds)
      var now = Request.start
      measure(name, limit: 5) { times in
        var sum: UInt64 = 0
        for index in 0..<times {
          // As many as a timestamp has.
          if index & mask == 0 { now += unit }
          if let id = try? generator.next(at: now) { sum &+= id.rawValue }
        }
        consume(sum)
      }
    }
  }

  private static func measureParser() {
    for (name, limit, bytes) in [
      ("parser: wrk's request", 100, Request.wrk),
      ("parser: a browser's request", nil, Request.browser),
    ] {
      measure(name, limit: limit) { times in
        var sum = 0
        for _ in 0..<times {
          var parser = RequestHeadParser(limits: HeadLimits())
          if case .complete(let head, let consumed)? = try? parser.parse(bytes.span) {
            sum &+= consumed &+ head.target.path.count
          }
        }
        consume(sum)
      }
    }
  }

  /// The content of the answer to `GET /id`: digits and what stands around them.
  private static func measureFormatter() {
    var output = OutputBuffer()
    let suffix = Array(", \"machine_id\": 1}".utf8)
    var id: UInt64 = 275_238_510_129_057_792
    measure("formatter: an ID's JSON", limit: 20) { times in
      for _ in 0..<times {
        output.removeAll()
        output.append("{\"id\": ")
        output.append(decimal: id)
        output.append(suffix)
        id += 4096
      }
      consume(output.count)
    }
  }

  private static func measureSession() throws {
    let requests = [
      ("session: /id", 1, Request.wrk),
      ("session: /id, each of 16 in one read", 16, Request.wrk),
      ("session: /id from a browser", 1, Request.browser),
      ("session: /health", 1, Request.get("/health")),
      ("session: /id?format=string", 1, Request.get("/id?format=string")),
      ("session: /ids?count=64", 1, Request.get("/ids?count=64")),
      ("session: /ids?count=4096", 1, Request.get("/ids?count=4096")),
      ("session: HEAD /metrics", 1, Request.head("/metrics")),
      ("session: HEAD /metrics, each of 8", 8, Request.head("/metrics")),
      ("session: HEAD /", 1, Request.head("/")),
      ("session: HEAD /openapi.yaml", 1, Request.head("/openapi.yaml")),
      ("session: HEAD /decode/…", 1, Request.head("/decode/275238510129057792")),
      ("session: GET /openapi.yaml", 1, Request.get("/openapi.yaml")),
    ]
    for (name, depth, request) in requests {
      let bytes = Array(repeatElement(request, count: depth).joined())
      let service = IDService(source: try IDSource(machineID: 1), limits: Limits())
      var output = OutputBuffer(capacity: Limits.outputBytes)
      let session = Session(service)
      var time = Request.start
      measure(name) { times in
        for _ in 0..<(times + depth - 1) / depth {
          // Each read in a millisecond of its own, so that none has to wait for IDs.
          time += 1
          let now = ClockReading(unixMilliseconds: time, monotonicMilliseconds: time)
          output.removeAll()
          guard session.receive(bytes.span, at: now, into: &output) == .reading(.request) else {
            return
          }
        }
        consume(output.count)
      }
    }
  }
}

private enum Request {
  static let start: Int64 = 1_769_689_174_499

  static func get(_ path: String) -> [UInt8] { request("GET", path) }
  static func head(_ path: String) -> [UInt8] { request("HEAD", path) }

  private static func request(_ method: String, _ path: String) -> [UInt8] {
    Array("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n".utf8)
  }

  static let wrk = get("/id")

  static let browser = Array(
    [
      "GET /id HTTP/1.1", "Host: ids.example.com",
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "Accept-Language: en-US,en;q=0.5", "Accept-Encoding: gzip, deflate, br, zstd",
      "Connection: keep-alive", "Upgrade-Insecure-Requests: 1", "Sec-Fetch-Dest: document",
      "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: none", "Priority: u=0, i", "\r\n",
    ].joined(separator: "\r\n").utf8)
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  fileprivate func padded(before width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
