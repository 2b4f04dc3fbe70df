import Testing

@testable import API

/// `GET /decode/{id}`.
struct DecodeTests {
  static let id = "275238510129057792"
  static let example =
    #"{"id": 275238510129057792, "timestamp_ms": 65621974499, "#
    + #""timestamp": "2026-01-29T12:19:34.499Z", "machine_id": 1, "sequence": 0}"#

  @Test(arguments: [
    ("275238510129057792", example),
    ("%32%37%35238510129057792", example),
    ("000275238510129057792", example),
    ("275238510129057792?format=number", example),
    ("275238510129057792?format=string", example.replacing(id, with: "\"\(id)\"")),
    (
      "275238510129057793?a&format=%73tring",
      """
      {"id": "275238510129057793", "timestamp_ms": 65621974499, \
      "timestamp": "2026-01-29T12:19:34.499Z", "machine_id": 1, "sequence": 1}
      """
    ),
    (
      "0",
      #"{"id": 0, "timestamp_ms": 0, "timestamp": "2024-01-01T00:00:00.000Z", "#
        + #""machine_id": 0, "sequence": 0}"#
    ),
    (
      "9223372036854775807",
      #"{"id": 9223372036854775807, "timestamp_ms": 2199023255551, "#
        + #""timestamp": "2093-09-06T15:47:35.551Z", "machine_id": 1023, "sequence": 4095}"#
    ),
  ])
  func partsOfAnID(_ text: String, _ expected: String) throws {
    let (received, step) = try answer(to: request("/decode/\(text)"))
    let response = try #require(Received.all(in: received).first)
    #expect(response.status == "HTTP/1.1 200 OK")
    #expect(response.fields["Content-Type"] == "application/json")
    #expect(response.content == expected)
    #expect(step == .reading(.request))
  }

  /// What was sent, and how the problem's detail shows it.
  @Test(arguments: [
    ("", ""), ("abc", "abc"), ("-1", "-1"), ("+1", "+1"), ("1.0", "1.0"), ("1e3", "1e3"),
    ("0x10", "0x10"), ("%201", " 1"), ("1%20", "1 "), ("1/", "1/"), ("1/2", "1/2"),
    ("9223372036854775808", "9223372036854775808"),
    ("18446744073709551616", "18446744073709551616"), ("%00", #"\u0000"#), ("%0A", #"\u000a"#),
    ("%22%5C", #"\"\\"#), ("%25", "%"), ("%2531", "%31"), ("%D9%A1", "\u{661}"),
    ("%FF", "\u{FFFD}"),
    (String(repeating: "1", count: 65), String(repeating: "1", count: 64) + "…"),
  ])
  func notAnID(_ text: String, _ shown: String) throws {
    let (received, step) = try answer(to: request("/decode/\(text)"))
    let response = try #require(Received.all(in: received).first)
    #expect(response.status == "HTTP/1.1 400 Bad Request")
    #expect(response.fields["Content-Type"] == "application/problem+json")
    #expect(
      response.content == #"{"title": "Bad Request", "status": 400, "detail": "ID is \""# + shown
        + #"\": a whole number from 0 to 9223372036854775807 is required, in decimal digits.", "#
        + #""code": "invalid_id"}"#)
    #expect(step == .reading(.request))
  }

  /// There is no text form: what a client accepts beside JSON does not matter.
  @Test(arguments: [
    ("*/*", true), ("application/json", true), ("application/*;q=0.1, text/plain", true),
    ("text/plain, */*;q=0.5", true), ("text/html, */*;q=0.8", true), ("malformed", false),
    ("text/plain", false), ("image/png", false), ("application/json;q=0, */*", false),
  ])
  func jsonIsWhatThereIs(_ accept: String, _ isAcceptable: Bool) throws {
    let (received, _) = try answer(
      to: request("/decode/\(Self.id)", fields: "Accept: \(accept)\r\n"))
    let response = try #require(Received.all(in: received).first)
    guard !isAcceptable else {
      #expect(response.content == Self.example)
      return
    }
    #expect(response.status == "HTTP/1.1 406 Not Acceptable")
    #expect(response.code == "not_acceptable")
    #expect(response.content.contains("The only media type available here is application/json."))
  }

  @Test(arguments: [
    ("1?format=xml", "invalid_format"), ("1?format=text", "invalid_format"),
    ("1?format=", "invalid_format"), ("1?format=string&format=string", "repeated_parameter"),
    ("x?format=xml", "invalid_id"),
  ])
  func otherFormatsAreRefused(_ text: String, _ code: String) throws {
    let (received, _) = try answer(to: request("/decode/\(text)"))
    let response = try #require(Received.all(in: received).first)
    #expect(response.status == "HTTP/1.1 400 Bad Request")
    #expect(response.code == code)
  }

  @Test(arguments: [("1", "200 OK"), ("1?format=string", "200 OK"), ("x", "400 Bad Request")])
  func headHasNoContent(_ text: String, _ status: String) throws {
    let (received, _) = try answer(to: request("/decode/\(text)", method: "HEAD"))
    let ofGet = try answer(to: request("/decode/\(text)")).received
    #expect(received.hasPrefix("HTTP/1.1 \(status)\r\n"))
    #expect(received.hasSuffix("\r\n\r\n"))
    #expect(ofGet.hasPrefix(received))
  }

  @Test(arguments: ["1", "x"]) func otherMethodsAreNotAllowed(_ text: String) throws {
    let (received, _) = try answer(to: request("/decode/\(text)", method: "PUT"))
    let response = try #require(Received.all(in: received).first)
    #expect(response.code == "method_not_allowed")
    #expect(response.fields["Allow"] == "GET, HEAD")
  }

  @Test(arguments: [
    "/decode", "/decode?id=1", "/Decode/1", "/decoder/1", "//decode/1", "/decode%2531",
  ])
  func nothingElseIsThere(_ target: String) throws {
    let (received, _) = try answer(to: request(target))
    #expect(Received.all(in: received).map(\.code) == ["not_found"])
  }
}
