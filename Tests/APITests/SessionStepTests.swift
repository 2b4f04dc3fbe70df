import HTTP1
import Reservations
import TestSupport
import Testing

@testable import API

/// What one step of a session does is bounded, whatever the client has sent.
struct SessionStepTests {
  @Test(arguments: [
    ("GET", "/health", 128), ("GET", "/id", 128), ("GET", "/decode/1", 128), ("OPTIONS", "*", 128),
    ("GET", "/ids?count=8", 128), ("GET", "/ready", 128), ("HEAD", "/metrics", 8),
    ("GET", "/nothing", 8), ("HEAD", "/", 8), ("GET", "/ids?count=17", 8), ("HEAD", "/ids", 8),
  ])
  func aStepAnswersSoManyRequests(_ method: String, _ target: String, _ count: Int) throws {
    let session = Session(try makeService())
    var output = OutputBuffer()
    let text = String(repeating: request(target, method: method), count: 3 * count)
    var step = session.receive(Array(text.utf8).span, at: .example, into: &output)
    for _ in 0..<2 {
      #expect(step == .yielded)
      #expect(Self.takeStatusLineCount(&output) == count)
      step = session.resume(at: .example, into: &output)
    }
    #expect(step == .reading(.request))
    #expect(Self.takeStatusLineCount(&output) == count)
    #expect(session.heldByteCount == 0)
  }

  /// Behind many others, a step answers little, and nothing expensive.
  @Test(arguments: [
    ("/health", 16), ("/id", 16), ("/nothing", 1), ("/openapi.yaml", 0), ("/", 0), ("/metrics", 0),
    ("/ids?count=17", 0), ("/ids?count=16", 16),
  ])
  func aBriefStepAnswersLess(_ target: String, _ count: Int) throws {
    for fields in ["", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n"] {
      let body = fields.contains("chunked") ? "0\r\n\r\n" : ""
      let service = try makeService()
      let session = Session(service)
      var output = OutputBuffer()
      let text = String(repeating: request(target, fields: fields) + body, count: 64)
      #expect(
        session.receive(Array(text.utf8).span, at: .example, within: .brief, into: &output)
          == (count > 0 ? .yielded : .postponed))
      #expect(Self.takeStatusLineCount(&output) == count)
      _ = session.resume(at: .example, into: &output)
      #expect(Self.takeStatusLineCount(&output) > count)
      // The head is known by now.
      let later = ClockReading.example.later(byMilliseconds: 1)
      let other = Session(service)
      _ = other.receive(Array(text.utf8).span, at: later, within: .brief, into: &output)
      #expect(Self.takeStatusLineCount(&output) == count)
    }
  }

  /// What is left to the next step is answered as it would have been, and in the same order.
  @Test(arguments: SessionPipeliningTests.tails)
  func briefStepsAnswerTheSame(_ tail: String) throws {
    let bytes = Array((SessionPipeliningTests.everything + request("/openapi.yaml") + tail).utf8)
    let whole = try answer(to: [bytes[...]])
    let client = Client(try makeService(), within: .brief)
    #expect(client.send(bytes[...]) == whole.step)
    #expect(client.received == whole.received)
    #expect(client.stepCount > 0)
  }

  /// A read that fills the smaller buffer has more behind it, too.
  @Test func drainAwaitsTheEndOfABurstOfBriefSteps() throws {
    let client = Client(try makeService(), within: .brief)
    client.service.enter(.draining)
    let one = request("/health")
    client.send(String(repeating: one, count: StepBudget.brief.readBytes / one.utf8.count + 1))
    #expect(client.lastStep == .reading(.request))
    #expect(Received.all(in: client.received).allSatisfy { $0.connection == nil })
  }

  /// Bodies are requests, too, and empty lines before a request are not.
  @Test func bodiesAreCounted() throws {
    let session = Session(try makeService())
    var output = OutputBuffer()
    let text = String(
      repeating: "\r\n" + request("/health", fields: "Content-Length: 1\r\n") + "x",
      count: StepBudget.whole.cost + 1)
    #expect(session.receive(Array(text.utf8).span, at: .example, into: &output) == .yielded)
    #expect(Self.takeStatusLineCount(&output) == StepBudget.whole.cost)
    #expect(session.resume(at: .example, into: &output) == .reading(.request))
  }

  /// Expensive responses are few, so their bytes are bounded, too.
  @Test(arguments: ["/ids?count=1000", "/openapi.yaml", "/metrics", "/"])
  func aStepWritesSoMuch(_ target: String) throws {
    let service = try makeService()
    var largest = 0
    do {
      let client = Client(service)
      client.send(request(target))
      largest = client.received.utf8.count
    }
    let session = Session(service)
    var output = OutputBuffer()
    let now = ClockReading.example.later(byMilliseconds: 1)
    var step = session.receive(
      Array(String(repeating: request(target), count: 100).utf8).span, at: now, into: &output)
    var stepCount = 0
    while step != .reading(.request), stepCount < 200 {
      #expect(output.count <= StepBudget.whole.cost / 16 * (largest + 100))
      output.removeAll()
      stepCount += 1
      step = session.resume(at: now.later(byMilliseconds: Int64(stepCount)), into: &output)
    }
    #expect(stepCount > 1)
  }

  /// What has been answered is not kept until all is.
  @Test func bytesBehindAStepAreFreed() throws {
    let session = Session(try makeService())
    var output = OutputBuffer()
    let one = request("/health")
    let text = String(repeating: one, count: 2 * StepBudget.whole.cost) + "GET /health HTTP/1.1"
    _ = session.receive(Array(text.utf8).span, at: .example, into: &output)
    #expect(session.pendingByteCount == text.utf8.count - StepBudget.whole.cost * one.utf8.count)
    #expect(session.resume(at: .example, into: &output) == .yielded)
    #expect(session.resume(at: .example, into: &output) == .reading(.head))
    #expect(session.pendingByteCount == 20)
    #expect(session.heldByteCount < 400)
  }

  /// The client closes its half: what it has asked for is answered, and then nothing is awaited.
  @Test(arguments: [
    ("", Session.Step.ended(.clientIsDone)), (request("/id"), .ended(.clientIsDone)),
    ("GET /id", .ended(.clientIsDone)),
    (request("/id", fields: "Content-Length: 5\r\n") + "1234", .ended(.clientIsDone)),
    (request("/ids?count=4096") + request("/id"), .waiting(.few)),
  ])
  func endOfTheStream(_ text: String, _ expected: Session.Step) throws {
    let session = Session(try makeService())
    var output = OutputBuffer()
    if !text.isEmpty { _ = session.receive(Array(text.utf8).span, at: .example, into: &output) }
    #expect(session.receiveEnd() == expected)
    let later = ClockReading.example.later(byMilliseconds: 1)
    #expect(session.resume(at: later, into: &output) == .ended(.clientIsDone))
  }

  private static func takeStatusLineCount(_ output: inout OutputBuffer) -> Int {
    defer { output.removeAll() }
    return output.withBytes { bytes in
      bytes.indices.dropLast(8).count { bytes.hasBytes("HTTP/1.1 ", in: $0..<$0 + 9) }
    }
  }
}
