import HTTP1
import Reservations
import Snowflake
import Testing

@testable import API

/// How a conversation ends, and what is said last.
struct SessionEndTests {
  @Test func endsOnce() throws {
    let client = Client(try makeService())
    #expect(client.send(request("/id", fields: "Connection: close\r\n") + request("/id")).hasEnded)
    #expect(client.send(request("/id")).hasEnded)
    #expect(client.resume().hasEnded)
    #expect(Received.all(in: client.received).map(\.connection) == ["close"])
  }

  /// Only then can the connection be closed at once, and nothing that the client sends reset it.
  @Test(arguments: [
    (request("/id", fields: "Connection: close\r\n"), true),
    (request("/nothing", fields: "Connection: close\r\n"), true),
    (request("/id") + request("/id", fields: "Connection: close\r\n"), true),
    ("GET /id HTTP/1.0\r\n\r\n", true),
    (request("/id"), false),
    (request("/id", fields: "Connection: close\r\n") + "\r\n", false),
    (request("/id", fields: "Connection: close\r\nContent-Length: 1\r\n") + "a", false),
    (request("/id", fields: "Connection: close\r\nExpect: x\r\n"), false),
    (request("a:80", method: "CONNECT", fields: "Connection: close\r\n"), false),
    (request("/id", method: "POST", fields: "Connection: close\r\nContent-Length: 0\r\n"), false),
    (request("/id", method: "HEAD", fields: "Connection: close\r\n"), true),
    ("GET /id HTTP/1.1\r\nConnection: close\r\n\r\n", false),
  ])
  func clientIsDoneWhenItSaysSo(_ text: String, _ isDone: Bool) throws {
    let client = Client(try makeService())
    client.send(text)
    #expect(client.isDone == isDone)
  }

  /// More came while the last request waited for its IDs.
  @Test(arguments: [("", true), (request("/id"), false)])
  func clientIsDoneAfterWaiting(_ later: String, _ isDone: Bool) throws {
    let client = Client(try makeService())
    client.send(request("/ids?count=4096"))
    #expect(client.send(request("/id", fields: "Connection: close\r\n")) == .waiting(.few))
    if !later.isEmpty { client.send(later) }
    client.now.unixMilliseconds += 1
    #expect(client.resume().hasEnded)
    #expect(client.isDone == isDone)
  }

  /// That the server ends it says nothing of what the client has sent by then.
  @Test func clientIsNotDoneWhenTheServerDrains() throws {
    let client = Client(try makeService())
    client.service.enter(.draining)
    #expect(client.send(request("/id")).hasEnded)
    #expect(!client.isDone)
  }

  /// What the server does not read may hold requests: no answer says that it is the last.
  @Test func nothingIsTheLastWhileReadingIsStopped() throws {
    let client = Client(try makeService())
    client.send(request("/ids?count=4096"))
    #expect(client.send(request("/id")) == .waiting(.few))
    client.pauseReading()
    client.service.enter(.draining)
    client.now.unixMilliseconds += 1
    #expect(client.resume() == .reading(.request))
    #expect(client.send(request("/id")) == .reading(.request))
  }

  /// A client that asks again whenever it is answered would otherwise never hear that a server
  /// drains.
  @Test(arguments: [
    ("/metrics", StepBudget.brief, 1), ("/ids?count=100", .brief, 1), ("/metrics", .whole, 20),
    ("/health", .brief, 40),
  ])
  func drainEndsForAClientWhoseStepsEndEarly(
    _ target: String, _ budget: StepBudget, _ count: Int
  ) throws {
    let client = Client(try makeService(), within: budget)
    client.service.enter(.draining)
    client.pauseReading(isBetweenSteps: true)
    let text = String(repeating: request(target), count: count)
    client.send(text)
    #expect(client.stepCount > 0)
    #expect(client.send(request("/health")).hasEnded)
    let responses = Received.all(in: client.received)
    #expect(responses.count == count + 1)
    #expect(responses.last?.connection == "close")
  }

  @Test(arguments: ["", "\r\n", request("/health")])
  func nothingTimesOutAtRest(_ text: String) throws {
    let client = Client(try makeService())
    client.send(text)
    let before = client.received
    #expect(client.isIdle)
    client.timeOut()
    #expect(client.received == before)
  }

  @Test(arguments: [
    "G", "GET / HTTP/1.1\r\n", request("/id", fields: "Content-Length: 5\r\n") + "1234",
    request("/id", fields: "Transfer-Encoding: chunked\r\n") + "0\r\n",
  ])
  func requestTimesOut(_ text: String) throws {
    let client = Client(try makeService())
    client.send(text)
    #expect(!client.isIdle)
    client.timeOut()
    let responses = Received.all(in: client.received)
    #expect(responses.map(\.status) == ["HTTP/1.1 408 Request Timeout"])
    #expect(responses.first?.code == "request_timeout")
    #expect(responses.first?.connection == "close")
    #expect(client.send(request("/id")).hasEnded)
    #expect(Received.all(in: client.received).count == 1)
  }

  /// RFC 9110 §9.3.2 again.
  @Test(arguments: [
    "HEAD /id HTTP/1.1\r\n", request("/id", method: "HEAD", fields: "Content-Length: 1\r\n"),
  ])
  func headTimesOut(_ text: String) throws {
    let client = Client(try makeService())
    client.send(text)
    client.timeOut()
    #expect(client.received.hasPrefix("HTTP/1.1 408 "))
    #expect(client.received.hasSuffix("\r\nConnection: close\r\n\r\n"))
  }

  @Test func refusedBeforeItAsks() throws {
    let client = Client(try makeService())
    client.refuse(.tooManyConnections)
    let responses = Received.all(in: client.received)
    #expect(responses.map(\.status) == ["HTTP/1.1 503 Service Unavailable"])
    #expect(responses.first?.code == "too_many_connections")
    #expect(responses.first?.fields["Retry-After"] == "1")
    #expect(responses.first?.connection == "close")
    #expect(client.send(request("/id")).hasEnded)
  }
}
