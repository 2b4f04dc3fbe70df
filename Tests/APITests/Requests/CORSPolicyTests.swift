import Foundation
import HTTP1
import Reservations
import TestSupport
import Testing

@testable import API

/// Which pages of other origins may read responses: the CORS protocol of the Fetch standard.
struct CORSPolicyTests {
  private static let app = "https://app.example.com"
  private static let list = "https://app.example.com,http://localhost:3000"

  // MARK: The setting

  /// Texts, and how they can be written as well.
  @Test(arguments: [
    ("*", "*"), ("https://app.example.com", app), ("HTTPS://App.Example.COM", app),
    ("https://app.example.com:443", app), ("https://app.example.com:00443", app),
    ("http://a:80", "http://a"), ("http://a:443", "http://a:443"), ("https://a:80", "https://a:80"),
    ("http://localhost:3000", "http://localhost:3000"), ("http://127.0.0.1", "http://127.0.0.1"),
    ("http://[::1]:80", "http://[::1]"), ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
    ("capacitor://localhost", "capacitor://localhost"), ("a+b-1.c://x_y", "a+b-1.c://x_y"),
    (" \(app) ,http://localhost:3000", list), ("\(list),\(app),HTTP://LOCALHOST:3000", list),
  ])
  func originsAreNormalized(_ text: String, _ other: String) throws {
    #expect(try CORSPolicy(text) == CORSPolicy(other))
    #expect(try "\(CORSPolicy(text))" == other)
    #expect("\(CORSPolicy.none)" == "none")
  }

  /// Texts, and which part the error names.
  @Test(arguments: [
    ("", ""), ("null", "null"), ("app.example.com", "app.example.com"), ("https:", "https:"),
    ("https://", "https://"), ("https:///", "https:///"), ("://a", "://a"), ("1://a", "1://a"),
    ("https://a/", "https://a/"), ("https://a/b", "https://a/b"), ("https://a?b", "https://a?b"),
    ("https://*.example.com", "https://*.example.com"), ("https://a b", "https://a b"),
    ("https://user@a", "https://user@a"), ("https://a:", "https://a:"),
    ("https://a:0", "https://a:0"), ("https://a:65536", "https://a:65536"),
    ("https://a:+1", "https://a:+1"), ("https://a:1:2", "https://a:1:2"),
    ("https://[::1", "https://[::1"), ("https://[]", "https://[]"),
    ("https://[x]", "https://[x]"), ("https://[::1]a", "https://[::1]a"),
    ("https://b\u{FC}cher.example", "https://b\u{FC}cher.example"),
    ("https://a\r\nX: y", #"https://a\u000d\u000aX: y"#), ("\(app),", ""),
    ("\(app);http://b", "\(app);http://b"), ("*,\(app)", "*"), ("\(app), *", " *"),
  ])
  func othersAreRefused(_ text: String, _ part: String) {
    let error = #expect(throws: CORSPolicy.InvalidOrigin.self) { try CORSPolicy(text) }
    #expect(
      error?.description
        == (part.isEmpty || !text.contains(",") ? "" : "\"\(part)\" is not an origin; ")
        + "* is required, or origins such as "
        + "https://app.example.com with commas between them, at most 100: scheme://host[:port], "
        + "without a path")
  }

  @Test func originsAreLimited() throws {
    let origins = (1...101).map { "http://a\($0)" }
    _ = try CORSPolicy(origins.dropLast().joined(separator: ","))
    let error = #expect(throws: CORSPolicy.InvalidOrigin.self) {
      try CORSPolicy(origins.joined(separator: ","))
    }
    #expect(error?.description.hasPrefix("* is required, or origins such as ") == true)
  }

  // MARK: Responses

  /// A policy, what a request says of its origin, and the lines that the response has for it.
  static let answers: [(policy: String?, fields: String, lines: [String])] = [
    (nil, "", []), (nil, "Origin: \(app)\r\n", []),
    ("*", "", [allow("*")]), ("*", "Origin: \(app)\r\n", [allow("*")]),
    ("*", "Origin: null\r\n", [allow("*")]),
    (app, "", [allow(app)]), (app, "Origin: \(app)\r\n", [allow(app)]),
    (app, "Origin: http://b\r\n", [allow(app)]),
    (list, "Origin: \(app)\r\n", [allow(app), "Vary: Origin"]),
    (list, "oRIGIN:\(app) \r\n", [allow(app), "Vary: Origin"]),
    (list, "Origin: http://localhost:3000\r\n", [allow("http://localhost:3000"), "Vary: Origin"]),
    (list, "", ["Vary: Origin"]), (list, "Origin: null\r\n", ["Vary: Origin"]),
    (list, "Origin: \r\n", ["Vary: Origin"]), (list, "Origin: *\r\n", ["Vary: Origin"]),
    (list, "Origin: https://app.example.com.b\r\n", ["Vary: Origin"]),
    (list, "Origin: https://app.example.co\r\n", ["Vary: Origin"]),
    (list, "Origin: HTTPS://app.example.com\r\n", ["Vary: Origin"]),
    (list, "Origin: \(app):443\r\n", ["Vary: Origin"]),
    (list, "Origin: \(app)\r\nOrigin: \(app)\r\n", ["Vary: Origin"]),
    (list, "Origin: \(app)\r\nOrigin: http://b\r\n", ["Vary: Origin"]),
    (list, "X-Origin: \(app)\r\n", ["Vary: Origin"]),
  ]

  /// Each twice: the second is made from a template.
  private static func requests(_ fields: String) -> [String] {
    let targets = [
      "/id", "/id?format=string", "/ids?count=2", "/decode/1",
      "/bounds?from=0&to=9999999999999", "/health", "/ready", "/metrics", "/",
      "/openapi.yaml", "/nothing", "/id?format=xml",
    ]
    let usual = targets.flatMap { target in
      ["GET", "GET", "HEAD", "HEAD"].map { request(target, method: $0, fields: fields) }
    }
    return usual + [
      request("/id", version: "HTTP/1.0", fields: fields + "Connection: keep-alive\r\n"),
      request("/id", fields: fields + "Accept: image/png\r\n"),
      request("/id", method: "POST", fields: fields + "Content-Length: 3\r\n") + "abc",
      request("/id", method: "OPTIONS", fields: fields),
      request("*", method: "OPTIONS", fields: fields),
      request("/id", fields: fields),
      request("/id", fields: fields + "Connection: close\r\n"),
    ]
  }

  /// Every response has these lines and no other; without them, it is what it would be without the
  /// setting, to the byte.
  @Test(arguments: answers)
  func responsesHaveTheLines(
    _ test: (policy: String?, fields: String, lines: [String])
  ) throws {
    let client = try client(test.policy)
    let usual = try self.client(nil)
    for request in Self.requests(test.fields) {
      client.send(request)
      usual.send(request)
      let (received, expected) = (client.takeReceived(), usual.takeReceived())
      #expect(Self.lines(of: received) == test.lines, "\(request)")
      #expect(Self.withoutLines(received) == expected, "\(request)")
      #expect(Self.lines(of: expected) == [])
    }
  }

  /// What is answered to one origin is of no effect on what another gets.
  @Test func originsDoNotMix() throws {
    let client = try client(Self.list)
    let origins = [
      Self.app, nil, "http://localhost:3000", "http://b", Self.app, Self.app, nil, nil,
    ]
    for target in ["/id", "/ids?count=1", "/health", "/nothing"] {
      for origin in origins {
        client.send(request(target, fields: origin.map { "Origin: \($0)\r\n" } ?? ""))
        let isListed = origin != nil && origin != "http://b"
        #expect(
          Self.lines(of: client.takeReceived())
            == (isListed ? [Self.allow(origin ?? "")] : []) + ["Vary: Origin"])
      }
    }
    // The same in one read, and cut anywhere.
    let text = origins.map {
      request("/id", fields: $0.map { "Origin: \($0)\r\n" } ?? "")
    }.joined()
    for length in [text.utf8.count, 7, 1] {
      let client = try self.client(Self.list)
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: length) {
        client.send(bytes[start..<min(start + length, bytes.count)])
      }
      #expect(
        Self.lines(of: client.received).filter { $0 != "Vary: Origin" }
          == [Self.app, "http://localhost:3000", Self.app, Self.app].map { Self.allow($0) })
    }
  }

  /// A page can read `Retry-After` only if the server says so.
  @Test(
    arguments: [
      (nil, []), ("*", [allow("*"), expose]), (list, [allow(app), "Vary: Origin", expose]),
    ] as [(String?, [String])])
  func pagesCanReadWhenToRetry(_ policy: String?, _ lines: [String]) throws {
    let client = try client(policy)
    client.service.enter(.draining)
    client.send(request("/ready", fields: "Origin: \(Self.app)\r\n"))
    #expect(client.received.hasPrefix("HTTP/1.1 503 "))
    #expect(Self.lines(of: client.received) == lines)
  }

  /// An error of a request whose origin is not known, as its head is malformed or was not read.
  @Test(
    arguments: [
      (nil, []), ("*", [allow("*")]), (app, [allow(app)]), (list, ["Vary: Origin"]),
    ] as [(String?, [String])])
  func errorsHaveWhatDoesNotDependOnTheOrigin(_ policy: String?, _ lines: [String]) throws {
    let refused = try client(policy)
    refused.refuse(.tooManyConnections)
    let exposes = lines.first?.hasPrefix("Access-Control") == true
    #expect(Self.lines(of: refused.received) == lines + (exposes ? [Self.expose] : []))
    let malformed = try client(policy)
    malformed.send("GET /id HTTP/1.1\r\nOrigin: \(Self.app)\r\nHost : x\r\n\r\n")
    #expect(malformed.received.hasPrefix("HTTP/1.1 400 "))
    #expect(Self.lines(of: malformed.received) == lines)
  }

  /// A request that waits for the next millisecond, or for its body, is answered as any other.
  @Test func laterResponsesHaveTheLines() throws {
    let client = try client(Self.list)
    client.send(request("/ids?count=4096"))
    _ = client.takeReceived()
    #expect(client.send(request("/id", fields: "Origin: \(Self.app)\r\n")) == .waiting(.few))
    client.now = client.now.later(byMilliseconds: 1)
    #expect(client.resume() == .reading(.request))
    #expect(Self.lines(of: client.takeReceived()) == [Self.allow(Self.app), "Vary: Origin"])

    let fields = "Origin: \(Self.app)\r\nContent-Length: 3\r\n"
    client.send(request("/id", method: "POST", fields: fields) + "ab")
    client.timeOut()
    #expect(client.received.hasPrefix("HTTP/1.1 408 "))
    #expect(Self.lines(of: client.takeReceived()) == [Self.allow(Self.app), "Vary: Origin"])
  }

  // MARK: Preflight requests

  private static let asks = "Access-Control-Request-Method: GET\r\n"
  private static let from = "Origin: \(app)\r\n"

  static let preflights: [(policy: String?, target: String, fields: String, allowed: String?)] = [
    ("*", "/id", from + asks, "*"), (app, "/id", from + asks, app),
    (list, "/id", from + asks, app), ("*", "/ids", from + asks, "*"),
    ("*", "/decode/1", from + asks, "*"), (list, "/", from + asks, app),
    ("*", "/id?x", from + asks + "Access-Control-Request-Headers: traceparent\r\n", "*"),
    ("*", "/id", from + "Access-Control-Request-Method: DELETE\r\n", "*"),
    (nil, "/id", from + asks, nil), ("*", "/id", from, nil), (list, "/id", asks, nil),
    (list, "/id", "Origin: http://b\r\n" + asks, nil), ("*", "/nothing", from + asks, nil),
  ]

  @Test(arguments: preflights)
  func preflightIsAnswered(
    _ test: (policy: String?, target: String, fields: String, allowed: String?)
  ) throws {
    let client = try client(test.policy)
    client.send(request(test.target, method: "OPTIONS", fields: test.fields))
    let response = client.takeReceived()
    // The connection goes on.
    client.send(request("/health"))
    #expect(client.received.hasSuffix("ok"))
    guard let allowed = test.allowed else {
      #expect(response.hasPrefix("HTTP/1.1 40"))
      #expect(!response.contains("Access-Control-Allow-Methods"))
      return
    }
    #expect(
      response == """
        HTTP/1.1 200 OK\r
        Date: Thu, 29 Jan 2026 12:19:34 GMT\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Length: 0\r
        Access-Control-Allow-Origin: \(allowed)\r
        \(test.policy == Self.list ? "Vary: Origin\r\n" : "")\
        Access-Control-Allow-Methods: GET, HEAD\r
        Access-Control-Allow-Headers: *, Authorization\r
        Access-Control-Max-Age: 7200\r
        \r

        """)
  }

  // MARK: -

  private func client(_ policy: String?) throws -> Client {
    let policy = try policy.map { try CORSPolicy($0) } ?? .none
    let service = IDService(
      source: try IDSource(machineID: 1), limits: Limits(), cors: policy)
    service.makeNonce = { "0" }
    return Client(service)
  }

  private static func allow(_ origin: String) -> String { "Access-Control-Allow-Origin: \(origin)" }
  private static let expose = "Access-Control-Expose-Headers: Retry-After"

  /// The lines of a response that have to do with CORS.
  private static func lines(of response: String) -> [String] {
    response.split(separator: "\r\n").map(String.init).filter(isOfCORS)
  }

  private static func withoutLines(_ response: String) -> String {
    response.components(separatedBy: "\r\n").filter { !isOfCORS($0) }.joined(separator: "\r\n")
  }

  private static func isOfCORS(_ line: String) -> Bool {
    line.hasPrefix("Access-Control-") || line.hasPrefix("Vary: ")
  }
}
