import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

struct AccessLogTests {
  private static let start = "192.0.2.7 - - [29/Jan/2026:12:19:34 +0000] "

  /// What a client sends, and the lines that come of it, without their beginning.
  static let cases: [(sent: String, lines: [String])] = [
    (request("/id"), [#""GET /id HTTP/1.1" 200 43 "-" "-""#]),
    (request("/id", method: "HEAD"), [#""HEAD /id HTTP/1.1" 200 - "-" "-""#]),
    (
      request("/id", fields: "User-Agent: curl/8.5.0\r\nreferer:  http://x/ \r\n"),
      [#""GET /id HTTP/1.1" 200 43 "http://x/" "curl/8.5.0""#]
    ),
    ("\r\n\r\n" + request("/health"), [#""GET /health HTTP/1.1" 200 2 "-" "-""#]),
    (
      request("/id") + request("/x?y") + request("/id"),
      [
        #""GET /id HTTP/1.1" 200 43 "-" "-""#, #""GET /x?y HTTP/1.1" 404 95 "-" "-""#,
        #""GET /id HTTP/1.1" 200 43 "-" "-""#,
      ]
    ),
    (
      request("/id", method: "POST", fields: "Content-Length: 3\r\nUser-Agent: a\r\n") + "abc",
      [#""POST /id HTTP/1.1" 405 129 "-" "a""#]
    ),
    (
      request("/id", method: "POST", fields: "Transfer-Encoding: chunked\r\nUser-Agent: a\r\n")
        + "x", [#""POST /id HTTP/1.1" 400 132 "-" "a""#]
    ),
    ("GET /id HTTP/1.1\n", [#""GET /id HTTP/1.1" 400 151 "-" "-""#]),
    // Nothing that a client sends ends a text, a line, or the terminal's good order.
    (
      request("/id", fields: "User-Agent: a\"b\\c\tü\r\nReferer:\r\n"),
      [#""GET /id HTTP/1.1" 200 43 "-" "a\"b\\c\x09\xc3\xbc""#]
    ),
    ("\u{16}\u{3}\u{1}\"\n", [#""\x16\x03\x01\"" 400 129 "-" "-""#]),
    ("GET /id HTTP/1.1\r\n", []),
  ]

  @Test(arguments: cases) func lines(_ test: (sent: String, lines: [String])) throws {
    let log = AccessLog()
    LoggedClient(try makeService(), log).send(test.sent)
    #expect(log.text == test.lines.map { Self.start + $0 + "\n" }.joined())
  }

  /// Wherever the bytes are cut.
  @Test(arguments: cases) func linesOfPieces(_ test: (sent: String, lines: [String])) throws {
    let log = AccessLog()
    let client = LoggedClient(try makeService(), log)
    for byte in Array(test.sent.utf8) { client.send([byte]) }
    // What is wrong may be seen before the line has come to its end.
    let isWhole = test.lines.allSatisfy { !$0.contains(" 400 ") }
    if isWhole {
      #expect(log.text == test.lines.map { Self.start + $0 + "\n" }.joined())
    } else {
      #expect(log.text.split(separator: "\n").count == test.lines.count)
    }
  }

  @Test func requestThatWaitsIsLoggedWhenItIsAnswered() throws {
    let log = AccessLog()
    let client = LoggedClient(try makeService(), log)
    client.send(request("/ids?count=4096"))
    log.removeAll()
    client.send(request("/id", fields: "User-Agent: a\r\n") + request("/health"))
    #expect(log.text == "")
    client.resume(afterMilliseconds: 1000)
    #expect(
      log.text == """
        192.0.2.7 - - [29/Jan/2026:12:19:35 +0000] "GET /id HTTP/1.1" 200 43 "-" "a"
        192.0.2.7 - - [29/Jan/2026:12:19:35 +0000] "GET /health HTTP/1.1" 200 2 "-" "-"

        """)
  }

  @Test func timeoutIsLoggedWithWhatHadCome() throws {
    let log = AccessLog()
    let client = LoggedClient(try makeService(), log)
    client.send("GET /id HT")
    client.timeOut()
    #expect(log.text == Self.start + #""GET /id HT" 408 121 "-" "-""# + "\n")
  }

  /// Every byte but the line feed, which ends the text, as the log writes it.
  @Test func everyByteIsWrittenOrEscaped() {
    for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "\n") {
      let log = AccessLog()
      log.append([0x61, byte, 0x62].span, from: [], .ok, contentByteCount: 0, at: .example)
      let expected =
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\\(Unicode.Scalar(byte))"
        case 0x20...0x7E: String(Unicode.Scalar(byte))
        default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
      #expect(log.text.hasSuffix(" \"a\(expected)b\" 200 - \"-\" \"-\"\n"))
    }
  }

  /// However long a field is, so much of it is written, and all of a request line that is allowed.
  @Test func textsAreBounded() throws {
    let target = "/" + String(repeating: "a", count: 8191)
    let log = AccessLog()
    LoggedClient(try makeService(), log).send(request(target))
    #expect(log.text.contains("\"GET \(target) HTTP/1.1\" 404 "))
    log.removeAll()
    LoggedClient(try makeService(), log).send(
      request("/id", fields: "User-Agent: " + String(repeating: "a", count: 16_000) + "\r\n"))
    #expect(log.bytes.count < 8600)
  }

  // MARK: - A reader that is slow

  @Test func linesPastTheBufferAreDroppedWholeAndCounted() throws {
    let log = AccessLog()
    let client = LoggedClient(try makeService(), log)
    let fields = "User-Agent: " + String(repeating: "a", count: 8000) + "\r\n"
    for _ in 0..<200 { client.send(request("/health", fields: fields)) }
    let lines = log.text.split(separator: "\n")
    #expect(log.bytes.count <= AccessLog.bufferBytes)
    #expect(log.bytes.last == UInt8(ascii: "\n"))
    #expect(log.droppedLines > 0)
    #expect(lines.count + log.droppedLines == 200)
  }
}

/// A client whose requests are logged.
private final class LoggedClient {
  private let service: IDService
  private let session: Session
  private var output = OutputBuffer()
  private var now = ClockReading.example

  init(_ service: IDService, _ log: AccessLog) {
    self.service = service
    session = Session(service)
    session.startLogging(ClientLog(log, client: "192.0.2.7"))
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    _ = session.receive(bytes.span, at: now, into: &output)
    output.removeAll()
  }

  func resume(afterMilliseconds milliseconds: Int64) {
    now = now.later(byMilliseconds: milliseconds)
    _ = session.resume(at: now, into: &output)
    output.removeAll()
  }

  func timeOut() { _ = session.timeOut(at: now, into: &output) }
}

extension AccessLog {
  fileprivate var text: String { String(decoding: bytes, as: UTF8.self) }
}
