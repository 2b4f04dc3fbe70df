import BuildInfo
import Foundation
import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// Every example in the description of the API is what the server answers, byte for byte; an
/// example in JSON is also YAML.
struct APIDescriptionTests {
  static let text = describe(.default)

  /// The description that a server of this layout hands out.
  static func describe(_ layout: SnowflakeLayout) -> String {
    String(decoding: IDService.apiDescription(for: LayoutLimits(layout)), as: UTF8.self)
  }

  /// The file in the repository is what a server of the default layout hands out.
  @Test func fileIsOfTheDefaultLayout() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../docs/openapi.yaml")
    #expect(
      try String(contentsOf: file, encoding: .utf8) == Self.text,
      "to write it: scripts/with-server 'curl -sS $IDGEN_URL/openapi.yaml' >docs/openapi.yaml")
  }

  /// Answers of machine 1 at the contract's moment.
  @Test(arguments: [
    "/id", "/id?format=string", "/ids?count=3", "/ids?count=3&format=string",
    "/decode/275238510129057792", "/decode/275238510129057792?format=string", "/decode/x",
    "/bounds?from=2026-01-29&to=2026-01-30", "/bounds?from=2026-01-29&to=2026-01-30&format=string",
    "/bounds?from=noon&to=1", "/bounds?from=2026-01-30&to=2026-01-29", "/bounds?from=0&to=1",
    "/ids?count=4097", "/id?format=xml", "/id?format=number&format=string", "/nothing",
  ])
  func answersAreExamples(_ target: String) throws {
    try expectExample(request(target))
  }

  @Test(arguments: ["/id", "/ids?count=3"]) func textsAreExamples(_ target: String) throws {
    let (received, _) = try answer(to: request(target, fields: "Accept: text/plain\r\n"))
    let content = try #require(Received.all(in: received).first).content
    let quoted = "\"\(content.replacing("\n", with: "\\n"))\""
    #expect(Self.text.contains("example: \(quoted)\n"))
  }

  @Test(arguments: [
    request("/id", method: "POST"), request("/id", fields: "Accept: image/png\r\n"),
    request("/decode/1", fields: "Accept: text/plain\r\n"),
    request("x:443", method: "CONNECT"), request("/health"), request("/ready"),
  ])
  func otherAnswersAreExamples(_ request: String) throws {
    try expectExample(request)
  }

  static let problems: [Problem] =
    RequestError.allCases.map { Problem($0) }
    + [
      .requestTimeout, .httpsRequired, .tooManyWaiting(.default), .tooManyConnections, .draining,
      Problem(.starting(store: "/state")), Problem(.reservationPending(milliseconds: 2200)),
      Problem(.clock(.clockBehind(milliseconds: 1500))),
      Problem(.clock(.clockBeforeEpoch(unixMilliseconds: 0, epochUnixMilliseconds: epoch))),
      Problem(
        .clock(
          .clockPastMaximum(
            unixMilliseconds: 3_903_090_455_552,
            lastUnixMilliseconds: SnowflakeLayout.default.lastUnixMilliseconds))),
      Problem(.clockJumped(milliseconds: 3_600_000)), Problem(.reservationExpired(nil)),
      Problem(
        .reservationLost(
          .lost(name: "/idgen/machine-7", owner: "process 12 on host app-7"))),
    ]

  @Test(arguments: problems) func problemsAreExamples(_ problem: Problem) {
    #expect(Self.text.contains("\(problem.code):\n              value: \(problem.content)\n"))
    #expect(Self.text.contains("            - \(problem.code)\n"))
  }

  /// No code is described that does not exist.
  @Test func codes() throws {
    let listed = Set(
      Self.text.matches(of: #/\n            - ([a-z_]+)(?=\n)/#).map { String($0.1) })
    let others: Set = [
      "invalid_count", "invalid_format", "repeated_parameter", "invalid_id", "invalid_time",
      "empty_interval", "interval_out_of_range", "not_found",
      "method_not_allowed", "not_acceptable", "not_implemented",
    ]
    #expect(listed == others.union(Self.problems.map(\.code)))
  }

  /// A server that drains makes IDs until it ends, so only `/ready` has the code `draining`.
  @Test(arguments: [("/id", nil), ("/ids?count=1", nil), ("/", nil), ("/ready", "draining")])
  func onlyReadinessHasTheCodeOfADrain(_ target: String, _ code: String?) throws {
    let client = Client(try makeService())
    client.service.enter(.draining)
    client.send(request(target))
    #expect(Received.all(in: client.received).map(\.code) == [code])

    let path = target.prefix { $0 != "?" }
    let name = try #require(
      try Self.component("  \(path):", indentation: 2)
        .firstMatch(of: #/'503':\n *\$ref: '#\/components\/responses\/(\w+)'/#))
    let response = try Self.component("    \(name.1):", indentation: 4)
    #expect(response.contains("            draining:") == (code != nil))
  }

  /// The lines after a key, up to the next one with the same indentation.
  private static func component(_ key: String, indentation: Int) throws -> Substring {
    let start = try #require(text.firstRange(of: "\n\(key)\n")).upperBound
    let next = try Regex("\n {1,\(indentation)}[^ ]")
    return text[start...].prefix(
      upTo: text[start...].firstRange(of: next)?.lowerBound ?? text.endIndex)
  }

  @Test func versionIsOurs() {
    #expect(Self.text.contains("\n  version: \(BuildInfo.version)\n"))
  }

  private func expectExample(_ request: String) throws {
    let (received, _) = try answer(to: request)
    let content = try #require(Received.all(in: received).first).content
    #expect(
      Self.text.contains("value: \(content)\n") || Self.text.contains("example: \(content)\n"),
      "\(content)")
  }
}
