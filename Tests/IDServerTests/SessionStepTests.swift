import HTTP1
import Reservations
import TestSupport
import Testing

@testable import IDServer

/// What one step of a session does is bounded, whatever the client has sent.
struct SessionStepTests {
  @Test(arguments: [
    ("GET", "/health"), ("HEAD", "/metrics"), ("GET", "/nothing"), ("GET", "/id"),
    ("GET", "/decode/1"), ("HEAD", "/"), ("OPTIONS", "*"),
  ])
  func aStepAnswersSoManyRequests(_ method: String, _ target: String) throws {
    let session = Session(try makeService())
    var output = OutputBuffer()
    let count = 3 * Limits.stepRequestCount
    let text = String(repeating: request(target, method: method), count: count)
    var step = session.receive(Array(text.utf8).span, at: .example, into: &output)
    for _ in 0..<2 {
      #expect(step == .yielded)
      #expect(Self.takeStatusLineCount(&output) == Limits.stepRequestCount)
      step = session.resume(at: .example, into: &output)
    }
    #expect(step == .reading(.request))
    #expect(Self.takeStatusLineCount(&output) == Limits.stepRequestCount)
    #expect(session.heldByteCount == 0)
  }

  /// Bodies are requests, too, and empty lines before a request are not.
  @Test func bodiesAreCounted() throws {
    let session = Session(try makeService())
    var output = OutputBuffer()
    let text = String(
      repeating: "\r\n" + request("/health", fields: "Content-Length: 1\r\n") + "x",
      count: Limits.stepRequestCount + 1)
    #expect(session.receive(Array(text.utf8).span, at: .example, into: &output) == .yielded)
    #expect(Self.takeStatusLineCount(&output) == Limits.stepRequestCount)
    #expect(session.resume(at: .example, into: &output) == .reading(.request))
  }

  /// A step ends with the response that brings it past this many bytes.
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
      #expect(output.count < Limits.stepBytes + largest + 100)
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
    let text = String(repeating: one, count: 2 * Limits.stepRequestCount) + "GET /health HTTP/1.1"
    _ = session.receive(Array(text.utf8).span, at: .example, into: &output)
    #expect(session.pendingByteCount == text.utf8.count - Limits.stepRequestCount * one.utf8.count)
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
