import Foundation
import Testing

/// The fixed part of the contract, byte by byte, from the real program over a real socket.
@Suite struct ContractTests {
  struct Case: CustomTestStringConvertible {
    var request: String
    /// Without the line breaks; the value of `Date` is left out.
    var head: [String]
    /// `<id>` stands for an ID.
    var body = ""

    /// - Parameter requestLine: of an HTTP/1.1 request, without the version.
    init(_ requestLine: String, head: [String], body: String = "") {
      request = "\(requestLine) HTTP/1.1\r\nHost: localhost\r\n\r\n"
      self.head = head
      self.body = body
    }

    var testDescription: String { String(request.prefix { !$0.isNewline }) }
  }

  private static let health = [
    "HTTP/1.1 200 OK", "Date", "Content-Type: text/plain; charset=utf-8", "Content-Length: 2",
  ]
  private static let id = [
    "HTTP/1.1 200 OK", "Date", "Content-Type: application/json", "Content-Length: 43",
    "Cache-Control: no-store",
  ]
  private static func problem(_ status: String, byteCount: Int, allow: String? = nil) -> [String] {
    [
      "HTTP/1.1 \(status)", "Date", "Content-Type: application/problem+json",
      "Content-Length: \(byteCount)",
    ] + (allow.map { ["Allow: \($0)"] } ?? [])
  }
  private static let notFoundBody = """
    {"title": "Not Found", "status": 404, "detail": "There is nothing at /nowhere.", \
    "code": "not_found"}
    """
  private static let notAllowed = problem("405 Method Not Allowed", byteCount: 129, allow: allow)
  private static let notAllowedBody = """
    {"title": "Method Not Allowed", "status": 405, \
    "detail": "The methods allowed here are GET, HEAD.", "code": "method_not_allowed"}
    """
  private static let allow = "GET, HEAD"

  static let cases = [
    Case("GET /health", head: health, body: "ok"),
    Case("HEAD /health", head: health),
    Case("GET /id", head: id, body: #"{"id": <id>, "machine_id": 1}"#),
    Case("HEAD /id", head: id),
    Case(
      "GET /decode/275238510129057792",
      head: [
        "HTTP/1.1 200 OK", "Date", "Content-Type: application/json", "Content-Length: 128",
      ],
      body: #"{"id": <id>, "timestamp_ms": 65621974499, "timestamp": "2026-01-29T12:19:34.499Z", "#
        + #""machine_id": 1, "sequence": 0}"#),
    Case(
      "GET /decode/x", head: problem("400 Bad Request", byteCount: 164),
      body: #"{"title": "Bad Request", "status": 400, "detail": "ID is \"x\": a whole number "#
        + #"from 0 to 9223372036854775807 is required, in decimal digits.", "code": "invalid_id"}"#),
    Case("GET /nowhere", head: problem("404 Not Found", byteCount: 101), body: notFoundBody),
    Case("POST /nowhere", head: problem("404 Not Found", byteCount: 101), body: notFoundBody),
    Case("HEAD /nowhere", head: problem("404 Not Found", byteCount: 101)),
    Case("POST /id", head: notAllowed, body: notAllowedBody),
    Case("DELETE /health", head: notAllowed, body: notAllowedBody),
  ]

  @Test(arguments: cases) func answersExactly(_ test: Case) throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send(test.request)
    let response = try client.readResponse(isHead: test.request.hasPrefix("HEAD"))
    let head = response.head.replacing(
      #/Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/#, with: "Date")
    #expect(head == test.head.joined(separator: "\r\n") + "\r\n\r\n")
    #expect(response.body.replacing(#/\b\d{18}\b/#, with: "<id>") == test.body)
    client.finishSending()
    #expect(try client.readToEnd() == "")
    #expect(try server.stop() == .status(0))
  }

  @Test(arguments: ["127.0.0.1", "::1"]) func answersOnBothFamilies(host: String) throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port, host: host)
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")
  }

  @Test(arguments: [0, 1, 1023]) func idSaysWhenAndWhereItWasMade(machineID: Int) throws {
    let server = try RunningServer(environment: ["MACHINE_ID": "\(machineID)"])
    let client = try RawClient(port: server.port)
    let before = Self.nowMilliseconds
    try client.send(Request.id)
    let response = try client.readResponse()
    let after = Self.nowMilliseconds
    let id = try #require(response.id)
    #expect(response.body == "{\"id\": \(id), \"machine_id\": \(machineID)}")
    #expect(Int(id >> 12 & 1023) == machineID)
    // 2024-01-01T00:00:00Z.
    #expect((before...after).contains(Int64(id >> 22) + 1_704_067_200_000))
  }

  private static var nowMilliseconds: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

/// Whole requests that many tests send.
enum Request {
  static let id = "GET /id HTTP/1.1\r\nHost: localhost\r\n\r\n"
  static let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

  static func get(_ target: String, fields: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n"
  }
}

extension RawResponse {
  /// The number behind `"id": `.
  var id: UInt64? {
    let start = "{\"id\": "
    guard status == 200, body.hasPrefix(start) else { return nil }
    return UInt64(body.utf8.dropFirst(start.utf8.count).prefix { $0 != UInt8(ascii: ",") }.text)
  }
}

extension Sequence<UInt8> {
  fileprivate var text: String { String(decoding: Array(self), as: UTF8.self) }
}
