import TestSupport
import Testing

@testable import API

/// What a session keeps for its client, it says, to the last byte that grows with what came.
struct SessionMemoryTests {
  struct Case: Sendable {
    let name: String
    let sent: String
    /// What is kept at least; nearly all of it is, and nothing four times.
    let byteCount: Int
    var isLogged = true
    /// What the client sends to have it freed. If it is `nil`, the next millisecond does.
    var rest: String?
  }

  /// Fields of 2000 bytes that the log would escape with four times as many.
  private static let fields = "Referer: \(octets)\r\nUser-Agent: \(octets)\r\n"
  private static let octets = String(repeating: "\u{FC}", count: 500)

  static let cases: [Case] = [
    Case(
      name: "head", sent: "GET /id HTTP/1.1\r\nHost: x\r\n\(fields)", byteCount: 2000, rest: "\r\n"),
    Case(
      name: "head, not logged", sent: "GET /id HTTP/1.1\r\nHost: x\r\n\(fields)", byteCount: 2000,
      isLogged: false, rest: "\r\n"),
    Case(
      name: "body", sent: request("/id", fields: fields + "Content-Length: 1\r\n"), byteCount: 2000,
      rest: "x"),
    Case(
      name: "body, not logged", sent: request("/id", fields: fields + "Content-Length: 1\r\n"),
      byteCount: 1, isLogged: false, rest: "x"),
    Case(
      name: "body of a request for nothing",
      sent: request("/" + String(repeating: "a", count: 2000), fields: "Content-Length: 1\r\n"),
      byteCount: 2000, rest: "x"),
    Case(name: "waiting", sent: exhausting + request("/id", fields: fields), byteCount: 2000),
    Case(
      name: "waiting, not logged", sent: exhausting + request("/id", fields: fields), byteCount: 1,
      isLogged: false),
    Case(
      name: "what came behind it",
      sent: exhausting + request("/id") + request("/id", fields: fields),
      byteCount: 2000, isLogged: false),
  ]

  /// Takes the IDs of a millisecond.
  private static let exhausting = request("/ids?count=4096")

  @Test(arguments: cases) func isCounted(_ test: Case) throws {
    let client = Client(try makeService(), log: test.isLogged ? AccessLog() : nil)
    client.send(request("/id") + request("/nothing", fields: Self.fields))
    #expect(client.heldByteCount == 0)
    client.now = .example.later(byMilliseconds: 1)
    client.send(test.sent)
    let overheadBytes = 1000
    #expect(test.byteCount...(2 * test.byteCount + overheadBytes) ~= client.heldByteCount)
    if let rest = test.rest {
      client.send(rest)
    } else {
      client.now = .example.later(byMilliseconds: 2)
      client.resume()
    }
    #expect(client.isIdle)
    #expect(client.heldByteCount == 0)
  }

  /// A batch that is made a few IDs at a time keeps a run for each time.
  @Test func runsAreCounted() throws {
    let client = Client(try makeService())
    let other = Client(client.service)
    other.send(request("/ids?count=4095"))
    client.send(request("/ids?count=4096"))
    var byteCounts = [client.heldByteCount]
    for milliseconds in 1...8 as ClosedRange<Int64> {
      for each in [client, other] { each.now = .example.later(byMilliseconds: milliseconds) }
      other.send(request("/ids?count=4095"))
      #expect(client.resume() == .waiting(.batch))
      byteCounts.append(client.heldByteCount)
    }
    #expect(byteCounts[8] - byteCounts[0] >= 7 * 16)
  }

  /// A connection that closes keeps nothing.
  @Test(arguments: cases) func isFreed(_ test: Case) throws {
    let service = try makeService()
    let client = Client(service, log: test.isLogged ? AccessLog() : nil)
    client.send(test.sent)
    client.discard()
    #expect(client.heldByteCount == 0)
    #expect(service.waiters.total == 0)
  }
}
