import HTTP1
import Snowflake
import Testing

@testable import API

/// A second request hidden behind each framing trick never runs.
///
/// Sources: RFC 9112 §11.2; the corpora of PortSwigger ("HTTP Desync Attacks", 2019), Jeppe Weikop
/// ("Funky chunks", 2025) and the security releases of Node and Go.
struct SmugglingTests {
  struct Trick: Sendable {
    let fields: String
    var body = ""
    let code: String
    let section: String
  }

  static let hidden = request("/id")

  /// Two ideas of the body's length in one head.
  static let lengths = [
    Trick(
      fields: "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", body: "0\r\n\r\nG",
      code: "content_length_and_transfer_encoding", section: "RFC 9112 §6.1: CL.TE"),
    Trick(
      fields: "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", body: "5c\r\n",
      code: "content_length_and_transfer_encoding", section: "RFC 9112 §6.1: TE.CL"),
    Trick(
      fields: "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
      code: "content_length_and_transfer_encoding", section: "RFC 9112 §6.1: TE.0"),
    Trick(
      fields: "Content-Length: 0\r\nContent-Length: 29\r\n", code: "repeated_content_length",
      section: "RFC 9112 §6.3: CL.CL"),
    Trick(
      fields: "Content-Length: 29\r\nContent-Length: 29\r\n", code: "repeated_content_length",
      section: "RFC 9112 §6.3"),
    Trick(
      fields: "Content-Length: 0, 29\r\n", code: "repeated_content_length",
      section: "RFC 9112 §6.3"),
    Trick(fields: "Content-Length: +29\r\n", code: "invalid_content_length", section: "§8.6"),
    Trick(fields: "Content-Length: -0\r\n", code: "invalid_content_length", section: "§8.6"),
    Trick(fields: "Content-Length: 0x1d\r\n", code: "invalid_content_length", section: "§8.6"),
    Trick(fields: "Content-Length: 0 29\r\n", code: "invalid_content_length", section: "§8.6"),
    Trick(
      fields: "Content-Length: 18446744073709551616\r\n", code: "invalid_content_length",
      section: "RFC 9110 §8.6: 2^64, which wraps to 0"),
    Trick(
      fields: "Content-Length:\r\n 29\r\n", code: "invalid_content_length",
      section: "RFC 9112 §5.2: folded"),
    Trick(
      fields: "A: b\r\n Content-Length: 29\r\n", code: "line_folding", section: "RFC 9112 §5.2"),
    Trick(
      fields: "Content-Length : 29\r\n", code: "invalid_field_name", section: "RFC 9112 §5.1"),
    Trick(
      fields: "A: b\nContent-Length: 29\r\n", code: "bare_line_feed", section: "RFC 9112 §2.2"),
    Trick(
      fields: "A: b\rContent-Length: 29\r\n", code: "invalid_field_value",
      section: "RFC 9112 §2.2"),
    Trick(
      fields: "\u{0}Content-Length: 29\r\n", code: "invalid_field_name",
      section: "RFC 9110 §5.1"),
    Trick(fields: "A: b\n", code: "bare_line_feed", section: "RFC 9112 §2.2"),
    Trick(fields: "\rX: ", code: "invalid_field_name", section: "RFC 9112 §2.2"),
    Trick(fields: "Host: y\r\n", code: "repeated_host", section: "RFC 9112 §3.2"),
  ]

  /// `Transfer-Encoding` that one party takes for chunked and another does not.
  static let codings: [Trick] = [
    ("Transfer-Encoding: xchunked\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: chunkedx\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: chunked;x=y\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: \"chunked\"\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: 'chunked'\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: chunk\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: chunked, identity\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: chunked, chunked\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "invalid_transfer_encoding"),
    ("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n", "unknown_transfer_coding"),
    ("Transfer-Encoding: identity, chunked\r\n", "unknown_transfer_coding"),
    ("Transfer-Encoding : chunked\r\n", "invalid_field_name"),
    ("Transfer-Encoding\t:chunked\r\n", "invalid_field_name"),
    ("Transfer-Encoding\r\n : chunked\r\n", "invalid_field_name"),
    ("Transfer-Encoding:\u{B}chunked\r\n", "invalid_field_value"),
    ("Transfer-Encoding: chunked\u{0}\r\n", "invalid_field_value"),
    ("Transfer-Encoding: chunked\r\r\n", "invalid_field_value"),
    ("Transfer-Encoding:\r\n chunked\r\n", "line_folding"),
    (" Transfer-Encoding: chunked\r\n", "line_folding"),
    ("X: y\nTransfer-Encoding: chunked\r\n", "bare_line_feed"),
    ("X: y\rTransfer-Encoding: chunked\r\n", "invalid_field_value"),
    ("\u{7F}Transfer-Encoding: chunked\r\n", "invalid_field_name"),
  ].map { Trick(fields: $0.0, body: "0\r\n\r\n", code: $0.1, section: "RFC 9112 §6.1") }

  /// A chunked body whose end two parties see in different places.
  static let chunks: [Trick] = [
    ("0\n\n", "invalid_chunk", "§2.2: LF for CR LF"),
    ("0\r\n\n", "invalid_field_name", "§2.2: LF for CR LF"),
    ("0\r\r\n", "invalid_chunk", "§2.2: bare CR"),
    ("\n0\r\n\r\n", "invalid_chunk", "§7.1"),
    ("0x0\r\n\r\n", "invalid_chunk", "§7.1"),
    ("+0\r\n\r\n", "invalid_chunk", "§7.1"),
    ("-1\r\n\r\n", "invalid_chunk", "§7.1"),
    (" 0\r\n\r\n", "invalid_chunk", "§7.1"),
    ("0 \r\n\r\n", "invalid_chunk", "§7.1"),
    ("0_0\r\n\r\n", "invalid_chunk", "§7.1"),
    ("1\r\nZZ\r\n0\r\n\r\n", "invalid_chunk", "§7.1: spilled data"),
    ("2\r\nZ\r\n0\r\n\r\n", "invalid_chunk", "§7.1: short data"),
    ("1\nZ\r\n0\r\n\r\n", "invalid_chunk", "§7.1: TERM.EXT"),
    ("1;\nZ\r\n0\r\n\r\n", "invalid_chunk", "§7.1.1: EXT.TERM"),
    ("1;\rZ\r\n0\r\n\r\n", "invalid_chunk", "§7.1.1: EXT.TERM"),
    ("1;a=\"\r\n\r\n0\"\nZ\r\n0\r\n\r\n", "invalid_chunk", "§7.1.1: quoted"),
    ("10000000000000000\r\n\r\n", "body_too_large", "§7.1: 2^64, which wraps to 0"),
    ("100000000\r\n\r\n", "body_too_large", "§7.1: 2^32, which wraps to 0"),
    ("0\r\nA: b\n\r\n", "invalid_field_value", "§7.1.2"),
    ("0\r\nTransfer-Encoding : x\r\n\r\n", "invalid_field_name", "§7.1.2"),
    ("0\r\n", "invalid_field_name", "§7.1.2: a request is no trailer"),
  ].map {
    Trick(
      fields: "Transfer-Encoding: chunked\r\n", body: $0.0, code: $0.1,
      section: "RFC 9112 \($0.2)")
  }

  @Test(arguments: lengths + codings + chunks)
  func hiddenRequestNeverRuns(_ trick: Trick) throws {
    let front = request("/health", method: "POST", fields: trick.fields)
    let bytes = Array((front + trick.body + Self.hidden + Self.hidden).utf8)
    let (received, step) = try answer(to: [bytes[...]])
    let responses = Received.all(in: received)
    #expect(responses.count == 1, "\(trick.section)")
    #expect(responses.first?.code == trick.code, "\(trick.section)")
    #expect(responses.first?.connection == "close")
    #expect(step.hasEnded)
    #expect(!received.contains(#""id""#))
    for cut in 1..<bytes.count {
      #expect(try answer(to: [bytes[..<cut], bytes[cut...]]) == (received, step))
    }
  }

  /// HTTP/1.0 has no transfer codings, and neither has a request without a version.
  @Test(arguments: [
    (
      "POST /health HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "invalid_transfer_encoding"
    ),
    ("GET /health\r\n", "invalid_request_line"),
    ("GET /health HTTP/1.1\n\n", "bare_line_feed"),
    ("GET /health HTTP/1.1 \r\nHost: x\r\n\r\n", "invalid_request_line"),
    ("GET /health?\nHTTP/1.1\r\nHost: x\r\n\r\n", "bare_line_feed"),
    ("GET http://x/health HTTP/1.1\r\n\r\n", "missing_host"),
  ])
  func olderVersions(_ front: String, _ code: String) throws {
    let (received, step) = try answer(to: front + Self.hidden)
    #expect(Received.all(in: received).map(\.code) == [code])
    #expect(step.hasEnded)
  }
}
