import BuildInfo
import Reservations
import TestSupport
import Testing

@testable import API
@testable import Snowflake

/// `GET /` and `GET /openapi.yaml`.
struct PageTests {
  @Test(arguments: [
    (
      "a{{id}}b{{nonce}}{{time}}", "a275238510129057795bN2026-01-29T12:19:34.499Z"
    ),
    ("{{timestamp}} {{machine_id}} {{sequence}}", "65621974499 1 3"),
    ("{{version}}", BuildInfo.version), ("", ""),
    ("{{}}{{no}} {{ id }}{{id", "{{}}{{no}} {{ id }}{{id"),
    ("{{{{id}}", "{{{{id}}"), ("}}{{sequence}}{{sequence}}", "}}33"),
    ("{{sequence_bits}}", bits("000000000011")), ("{{machine_id_bits}}", bits("0000000001")),
    ("{{timestamp_bits}}", bits("00000111101000111010111111101110111100011")),
  ])
  func placesAreFilled(_ document: String, _ expected: String) throws {
    let id = try #require(SnowflakeID(rawValue: 275_238_510_129_057_795)).decoded
    let content = Page(Array(document.utf8), for: .default).content(id, nonce: "N")
    #expect(String(decoding: content, as: UTF8.self) == expected)
  }

  /// What `HEAD` is told, without the content being made, for IDs with few and many bits and
  /// digits.
  @Test(arguments: [0, 1, 9, 10, 275_238_510_129_057_795, 1 << 62, .max] as [Int64])
  func lengthIsThatOfTheContent(_ rawValue: Int64) throws {
    let id = try #require(SnowflakeID(rawValue: UInt64(rawValue))).decoded
    for nonce in ["", "4e6f6e6365"] {
      let page = Page(for: .default)
      #expect(page.contentByteCount(id, nonce: nonce) == page.content(id, nonce: nonce).count)
    }
    for format in [IDFormat.number, .string] {
      #expect(id.jsonByteCount(format) == id.json(format).utf8.count)
    }
  }

  /// The cells of the picture.
  private static func bits(_ digits: String) -> String {
    digits.map { $0 == "1" ? #"<i class="on">1</i>"# : "<i>0</i>" }.joined()
  }

  /// The page links only to what its port serves.
  @Test(arguments: [false, true]) func metricsAreLinkedWhereTheyAre(_ hasAdminPort: Bool) throws {
    let source = try IDSource(machineID: 1)
    let client = Client(IDService(source: source, limits: Limits(), hasAdminPort: hasAdminPort))
    client.send(request("/") + request("/metrics"))
    let responses = Received.all(in: client.received)
    try #require(responses.count == 2)
    #expect(responses[0].content.contains(#"<a id="metrics" href="/metrics">"#) != hasAdminPort)
    #expect(responses[0].content.contains("href=\"/metrics\"") != hasAdminPort)
    #expect(!responses[0].content.contains("{{"))
    #expect(responses[1].status.contains(hasAdminPort ? "404" : "200"))
  }

  @Test(arguments: ["/", "http://x", "http://x/", "http://x?a", "/?a=b"])
  func page(_ target: String) throws {
    let client = Client(try makeService(machineID: 1023))
    client.service.makeNonce = { "4e6f6e6365" }
    #expect(client.send(request(target)) == .reading(.request))
    let responses = Received.all(in: client.received)
    #expect(responses.count == 1)
    let response = try #require(responses.first)
    #expect(response.status == "HTTP/1.1 200 OK")
    #expect(response.fields["Content-Type"] == "text/html; charset=utf-8")
    #expect(response.fields["Cache-Control"] == "no-store")
    #expect(response.fields["Content-Length"] == "\(response.content.utf8.count)")
    #expect(response.fields["X-Content-Type-Options"] == "nosniff")
    #expect(response.fields["Referrer-Policy"] == "no-referrer")
    #expect(response.content.hasPrefix("<!doctype html>\n"))
    #expect(response.content.hasSuffix("</html>\n"))
    #expect(!response.content.contains("{{"))
    let id = SnowflakeLayout.default.id(timestamp: 65_621_974_499, machineID: 1023, sequence: 0)
    #expect(response.content.contains(#"<p class="id">\#(id)</p>"#))
    #expect(response.content.contains(">2026-01-29T12:19:34.499Z<"))
  }

  /// Whatever is inline bears the nonce, and nothing is allowed otherwise.
  @Test func policy() throws {
    let client = Client(try makeService())
    client.service.makeNonce = { "4e6f6e6365" }
    client.send(request("/"))
    let response = try #require(Received.all(in: client.received).first)
    #expect(
      response.fields["Content-Security-Policy"]
        == "default-src 'none'; script-src 'nonce-4e6f6e6365'; style-src 'nonce-4e6f6e6365'; "
        + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'")
    for tag in ["style", "script"] {
      let elements = response.content.matches(of: try Regex("<\(tag)[^>]*>")).map {
        $0.output[0].substring
      }
      #expect(elements == ["<\(tag) nonce=\"4e6f6e6365\">"])
    }
    #expect(response.content.firstMatch(of: #/ (on[a-z]+|style)="/#) == nil)
    #expect(response.content.firstMatch(of: #/(src|href)="(?!/|data:)/#) == nil)
  }

  @Test func nonceIsOfOneResponse() throws {
    let client = Client(try makeService())
    client.send(String(repeating: request("/"), count: 100))
    let nonces = client.received.matches(of: #/script-src 'nonce-([0-9a-f]{8,32})'/#).map(\.1)
    #expect(nonces.count == 100)
    #expect(Set(nonces).count == 100)
  }

  @Test func pageIsSmall() throws {
    let (received, _) = try answer(to: request("/"))
    #expect(try #require(Received.all(in: received).first).content.utf8.count <= 20_480)
  }

  /// It makes an ID, so it says what `/id` would say if there is none to be had.
  @Test func pageNeedsAnID() throws {
    let client = Client(try makeService())
    client.send(request("/id"))
    client.now = client.now.later(byMilliseconds: -1)
    client.send(request("/"))
    #expect(Received.all(in: client.received).map(\.code) == [nil, "clock_behind"])
  }

  @Test func pageWaitsForAnID() throws {
    let client = Client(try makeService())
    client.send(request("/ids?count=4096"))
    let before = client.received
    #expect(client.send(request("/")) == .waiting(.few))
    #expect(client.received == before)
    client.now = client.now.later(byMilliseconds: 1)
    #expect(client.resume() == .reading(.request))
    let id = SnowflakeLayout.default.id(timestamp: 65_621_974_500, machineID: 1, sequence: 0)
    #expect(client.received.contains(#"<p class="id">\#(id)</p>"#))
  }

  @Test func apiDescription() throws {
    let (received, step) = try answer(to: request("/openapi.yaml"))
    let response = try #require(Received.all(in: received).first)
    #expect(response.status == "HTTP/1.1 200 OK")
    #expect(response.fields["Content-Type"] == "application/yaml")
    #expect(response.fields["Cache-Control"] == nil)
    #expect(response.content.hasPrefix("openapi: 3.1."))
    #expect(step == .reading(.request))
  }

  @Test(arguments: ["/", "/openapi.yaml"]) func headHasNoContent(_ target: String) throws {
    // Two services, so that both answers have the same ID.
    let (ofHead, ofGet) = (Client(try makeService()), Client(try makeService()))
    for client in [ofHead, ofGet] { client.service.makeNonce = { "0" } }
    ofHead.send(request(target, method: "HEAD"))
    ofGet.send(request(target))
    #expect(ofHead.received.hasSuffix("\r\n\r\n"))
    #expect(ofGet.received.hasPrefix(ofHead.received))
    #expect(ofGet.received.utf8.count > ofHead.received.utf8.count)
  }

  @Test(arguments: ["/", "/openapi.yaml"]) func otherMethodsAreNotAllowed(_ target: String) throws {
    let (received, _) = try answer(to: request(target, method: "POST"))
    let response = try #require(Received.all(in: received).first)
    #expect(response.code == "method_not_allowed")
    #expect(response.fields["Allow"] == "GET, HEAD")
  }
}

extension SnowflakeID {
  /// The ID and its parts by the default layout.
  fileprivate var decoded: DecodedID { DecodedID(made: self, by: .default) }
}
