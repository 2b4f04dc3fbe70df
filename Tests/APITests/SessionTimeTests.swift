import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// What a session does when an ID must wait, when it cannot be made, and when the server drains.
struct SessionTimeTests {
  // MARK: - A millisecond's 4096

  @Test func waitsForTheNextMillisecond() throws {
    let client = Client(try makeService())
    #expect(client.send(String(repeating: request("/id"), count: 4100)) == .waiting(.few))
    #expect(Received.all(in: client.received).compactMap(\.id).count == 4096)
    #expect(!client.isIdle)
    let before = client.received
    #expect(client.resume() == .waiting(.few))
    #expect(client.received == before)

    client.now = .example.later(byMilliseconds: 1)
    #expect(client.resume() == .reading(.request))
    let ids = Received.all(in: client.received).compactMap(\.id)
    #expect(ids.count == 4100)
    #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
    #expect(ids.suffix(4).map(\.sequence) == [0, 1, 2, 3])
    #expect(ids.suffix(4).allSatisfy { $0.timestamp == ids[0].timestamp + 1 })
    #expect(client.isIdle)
    #expect(client.service.waiters.total == 0)
  }

  /// Nothing overtakes a request that waits, whenever it comes.
  @Test func answersStayInOrder() throws {
    let client = Client(try makeService())
    client.send(String(repeating: request("/id"), count: 4096))
    let exhausted = client.received.utf8.count
    #expect(client.send(request("/id") + request("/health")) == .waiting(.few))
    #expect(client.send(request("/nothing")) == .waiting(.few))
    for byte in Array(request("/id").utf8) { #expect(client.send([byte]) == .waiting(.few)) }
    #expect(client.received.utf8.count == exhausted)

    client.now = .example.later(byMilliseconds: 1)
    #expect(client.resume() == .reading(.request))
    let rest = String(decoding: Array(client.received.utf8)[exhausted...], as: UTF8.self)
    let responses = Received.all(in: rest)
    #expect(responses.map { $0.id?.sequence } == [0, nil, nil, 1])
    #expect(responses[1].content == "ok")
    #expect(responses[2].code == "not_found")
  }

  @Test func isLastEvenAfterWaiting() throws {
    let client = Client(try makeService())
    client.send(String(repeating: request("/id"), count: 4096))
    #expect(
      client.send(request("/id", fields: "Connection: close\r\n") + request("/id"))
        == .waiting(.few))
    client.now = .example.later(byMilliseconds: 1)
    #expect(client.resume().hasEnded)
    #expect(Received.all(in: client.received).count == 4097)
    #expect(Received.all(in: client.received).last?.connection == "close")
  }

  @Test func onlySoManyWait() throws {
    let client = Client(try makeService())
    client.send(String(repeating: request("/id"), count: 4096))
    client.service.changeWaiters(.id(.number), by: Limits.waitingCount)
    #expect(client.send(request("/id") + request("/health")) == .reading(.request))
    let refused = Received.all(in: client.received).suffix(2)
    #expect(refused.map(\.code) == ["too_many_waiting", nil])
    #expect(refused.first?.fields["Retry-After"] == "1")
    client.service.changeWaiters(.id(.number), by: -1)
    #expect(client.send(request("/id")) == .waiting(.few))
    #expect(client.service.waiters.total == Limits.waitingCount)
  }

  /// A request whose client must read first takes nobody's place, and keeps its order.
  @Test func waitsWithoutAPlace() throws {
    let client = Client(try makeService())
    client.send(String(repeating: request("/id"), count: 4096))
    client.send(request("/id") + request("/health"))
    #expect(client.service.waiters.total == 1)
    for _ in 0..<2 {
      client.releaseWaiterSlot()
      #expect(client.service.waiters.total == 0)
    }
    #expect(client.resume() == .waiting(.few))
    #expect(client.service.waiters.total == 1)
    client.releaseWaiterSlot()
    client.now = .example.later(byMilliseconds: 1)
    #expect(client.resume() == .reading(.request))
    #expect(client.service.waiters.total == 0)
    #expect(Received.all(in: client.received).suffix(2).map { $0.id?.sequence } == [0, nil])
  }

  // MARK: - A clock that is wrong

  struct Wrong: Sendable {
    let now: Int64
    let code: String
    let retryAfter: String
  }

  @Test(arguments: [
    Wrong(now: 1_704_067_199_999, code: "clock_before_epoch", retryAfter: "60"),
    Wrong(now: 0, code: "clock_before_epoch", retryAfter: "60"),
    Wrong(now: 3_903_090_455_552, code: "clock_jumped", retryAfter: "60"),
    Wrong(now: 1_769_689_160_499, code: "clock_behind", retryAfter: "14"),
    Wrong(now: 1_769_689_114_498, code: "clock_behind", retryAfter: "61"),
  ])
  func noIDIsMade(_ wrong: Wrong) throws {
    let client = Client(try makeService())
    client.send(request("/id"))
    client.now = ClockReading(unixMilliseconds: wrong.now)
    #expect(client.send(request("/id") + request("/health")) == .reading(.request))
    client.now = .example
    client.send(request("/id"))

    let responses = Received.all(in: client.received)
    #expect(responses.count == 4)
    let refusal = responses[1]
    #expect(refusal.status == "HTTP/1.1 503 Service Unavailable")
    #expect(refusal.fields["Content-Type"] == "application/problem+json")
    #expect(refusal.fields["Cache-Control"] == "no-store")
    #expect(refusal.fields["Retry-After"] == wrong.retryAfter)
    #expect(refusal.code == wrong.code)
    #expect(refusal.connection == nil)
    #expect(responses[2].content == "ok")
    // It goes on as if nothing had been asked meanwhile.
    #expect(responses[3].id?.rawValue == 275_238_510_129_057_793)
  }

  @Test func dateFollowsTheClock() throws {
    let client = Client(try makeService())
    for milliseconds in [0, 500, 501, -86_400_000, 31_536_000_000] as [Int64] {
      client.now = .example.later(byMilliseconds: milliseconds)
      client.send(request("/health"))
    }
    #expect(
      Received.all(in: client.received).map { $0.fields["Date"] } == [
        "Thu, 29 Jan 2026 12:19:34 GMT", "Thu, 29 Jan 2026 12:19:34 GMT",
        "Thu, 29 Jan 2026 12:19:35 GMT", "Wed, 28 Jan 2026 12:19:34 GMT",
        "Fri, 29 Jan 2027 12:19:34 GMT",
      ])
  }

  // MARK: - Draining

  @Test(
    arguments: [
      ([request("/id")], ["close"]),
      ([request("/id"), request("/health"), request("/nothing")], [nil, nil, "close"]),
      (
        ["GET /id HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /id HTTP/1.0\r\n\r\n"],
        ["keep-alive", "close"]
      ),
      (
        ["GET /id HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"], ["close"]
      ),
      (
        [request("/id"), request("/id", fields: "Content-Length: 2\r\n") + "ab"], [nil, "close"]
      ),
      (
        [request("/id", fields: "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", request("/id")],
        [nil, "close"]
      ),
    ] as [([String], [String?])])
  func onlyTheLastSaysClose(_ requests: [String], _ expected: [String?]) throws {
    let client = Client(try makeService())
    client.service.enter(.draining)
    #expect(client.send(requests.joined()).hasEnded)
    #expect(Received.all(in: client.received).map(\.connection) == expected)
  }

  /// A request that has begun to come is still answered, and is the last then.
  @Test func drainAwaitsARequestThatHasBegun() throws {
    let client = Client(try makeService())
    client.service.enter(.draining)
    #expect(client.send(request("/id") + "GET /id") == .reading(.head))
    #expect(client.send(" HTTP/1.1\r\nHost: x\r\n\r\n").hasEnded)
    #expect(Received.all(in: client.received).map(\.connection) == [nil, "close"])
  }

  /// Which is the last is not known before the millisecond has come: more can have come by then.
  @Test func drainWhileARequestWaits() throws {
    let client = Client(try makeService())
    client.send(request("/ids?count=4096"))
    client.service.enter(.draining)
    #expect(client.send(request("/id")) == .waiting(.few))
    #expect(client.send(request("/health")) == .waiting(.few))
    client.now = .example.later(byMilliseconds: 1)
    #expect(client.resume().hasEnded)
    let last = Received.all(in: client.received).suffix(2)
    #expect(last.map(\.connection) == [nil, "close"])
    #expect(last.last?.content == "ok")
  }

  /// A read that fills the buffer has more behind it, so no answer says that it is the last.
  @Test func drainAwaitsTheEndOfABurst() throws {
    let client = Client(try makeService())
    client.service.enter(.draining)
    let one = request("/health")
    #expect(
      client.send(String(repeating: one, count: StepBudget.whole.readBytes / one.utf8.count + 1))
        == .reading(.request))
    #expect(client.send(one) == .reading(.request))
    #expect(Received.all(in: client.received).allSatisfy { $0.connection == nil })
    client.service.enter(.drainingBursts)
    #expect(client.send(one).hasEnded)
  }
}
