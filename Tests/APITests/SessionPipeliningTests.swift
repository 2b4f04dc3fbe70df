import HTTP1
import Snowflake
import TestSupport
import Testing

@testable import API

/// However requests are put together or cut up, the answers are the same.
struct SessionPipeliningTests {
  /// One of each kind, each with a body that must be found exactly or with none, and the number of
  /// responses to it.
  static let requests: [(String, Int)] = [
    (request("/id"), 1),
    (request("/health", method: "HEAD"), 1),
    (request("/id", method: "POST", fields: "Content-Length: 12\r\n") + "GET / HTTP/1", 1),
    ("\r\n\r\n" + request("/id"), 1),
    (
      request("/id", fields: "Transfer-Encoding: chunked\r\n")
        + "5;a=b\r\nGET /\r\n00a\r\n0123456789\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n", 1
    ),
    (request("/nothing"), 1),
    (request("*", method: "OPTIONS"), 1),
    (request("/id", method: "HEAD"), 1),
    (request("/health", fields: "Expect: 100-continue\r\nContent-Length: 3\r\n") + "\r\n\r", 2),
    (request("/ids?count=3"), 1),
    ("GET /id HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1),
    ("\r\n" + request("/health", fields: "Content-Length: 0\r\n"), 1),
  ]

  static let everything = requests.map(\.0).joined()

  @Test(arguments: [1, 2, 3, 12, 100, 3000])
  func pipelinedEqualsSeparate(_ depth: Int) throws {
    let texts = (0..<depth).map { Self.requests[$0 % Self.requests.count].0 }
    let pipelined = Client(try makeService())
    #expect(pipelined.send(texts.joined()) == .reading(.request))
    let separate = Client(try makeService())
    for text in texts { #expect(separate.send(text) == .reading(.request)) }
    #expect(pipelined.received == separate.received)
    #expect(pipelined.isIdle && separate.isIdle)
    let statusLines = pipelined.received.matches(of: #/HTTP/1\.1 \d\d\d /#).count
    #expect(statusLines == (0..<depth).reduce(0) { $0 + Self.requests[$1 % 12].1 })
  }

  /// The last one ends the conversation, and one more is not answered.
  static let tails = [
    "", request("/id", fields: "Connection: close\r\n") + request("/id"), "\u{0}",
  ]

  @Test(arguments: tails)
  func everySplitInTwo(_ tail: String) throws {
    let bytes = Array((Self.everything + tail).utf8)
    let whole = try answer(to: [bytes[...]])
    for cut in 1..<bytes.count {
      let parts = try answer(to: [bytes[..<cut], bytes[cut...]])
      guard parts == whole else {
        Issue.record("cut after \(cut) bytes: \(parts), not \(whole)")
        return
      }
    }
  }

  @Test(arguments: tails)
  func byteByByte(_ tail: String) throws {
    let bytes = Array((Self.everything + tail).utf8)
    let bytewise = try answer(to: bytes.indices.map { bytes[$0...$0] })
    #expect(bytewise == (try answer(to: [bytes[...]])))
  }

  @Test func randomPieces() throws {
    let bytes = Array((Self.everything + Self.everything).utf8)
    let whole = try answer(to: [bytes[...]])
    var random = SplitMix64(seed: 5)
    for _ in 0..<200 {
      var cuts = (0..<Int.random(in: 2...60, using: &random)).map { _ in
        Int.random(in: 0...bytes.count, using: &random)
      }
      cuts = [0] + cuts.sorted() + [bytes.count]
      let parts = try answer(to: zip(cuts, cuts.dropFirst()).map { bytes[$0..<$1] })
      guard parts == whole else {
        Issue.record("cut at \(cuts): \(parts), not \(whole)")
        return
      }
    }
  }

  /// RFC 9112 §2.2: empty lines before a request, cut anywhere, are not a request that has begun
  /// wrongly.
  @Test(arguments: ["\r\n", "\r\n\r\n\r\n"])
  func emptyLinesCutInTwo(_ lines: String) throws {
    let client = Client(try makeService())
    for byte in Array((lines + request("/health") + lines).utf8) { client.send([byte]) }
    #expect(client.received == SessionTests.healthHead + "ok")
    #expect(client.isIdle)
  }

  /// The body's bytes are not a request, even where they look like one.
  @Test(arguments: [
    request("/health", method: "HEAD", fields: "Content-Length: 29\r\n") + request("/id"),
    request("/health", method: "HEAD", fields: "Transfer-Encoding: chunked\r\n")
      + "1d\r\n" + request("/id") + "\r\n0\r\n\r\n",
    request("/health", method: "HEAD", fields: "Transfer-Encoding: chunked\r\n")
      + "0;GET /id HTTP/1.1\r\nHost: x\r\n\r\n",
  ])
  func requestInABody(_ text: String) throws {
    let (received, step) = try answer(to: text + request("/health"))
    #expect(received == SessionTests.healthHead + SessionTests.healthHead + "ok")
    #expect(step == .reading(.request))
  }

  /// A client that asks for more than a step writes gets all of it, in order.
  @Test func moreThanAStep() throws {
    let count = 3000
    let client = Client(try makeService())
    #expect(client.send(String(repeating: request("/id"), count: count)) == .reading(.request))
    #expect(client.stepCount > 20)
    let ids = Received.all(in: client.received).compactMap(\.id)
    #expect(ids.count == count)
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $1.rawValue == $0.rawValue + 1 })
  }
}
