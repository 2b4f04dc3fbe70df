import Foundation
import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// RFC 9457, "Problem Details for HTTP APIs".
struct ProblemTests {
  static let problems: [Problem] =
    RequestError.allCases.map { Problem($0) }
    + [
      .notFound(path: "/x"), .methodNotAllowed(allow: "GET, HEAD"), .requestTimeout,
      .tooManyWaiting(.default), .tooManyConnections,
      Problem(.clock(.clockBehind(milliseconds: 1))),
      Problem(.clock(.clockBeforeEpoch(unixMilliseconds: .min, epochUnixMilliseconds: epoch))),
      Problem(
        .clock(
          .clockPastMaximum(
            unixMilliseconds: .max,
            lastUnixMilliseconds: SnowflakeLayout.default.lastUnixMilliseconds))),
      Problem(.clockJumped(milliseconds: 60_001)),
      Problem(.reservationExpired(.system(name: "machine-1", reason: "no space"))), .draining,
      Problem(.reservationLost(.lost(name: "machine-1"))),
    ]

  struct Members: Decodable {
    let title: String
    let status: Int
    let detail: String
    let code: String
  }

  @Test(arguments: problems)
  func content(_ problem: Problem) throws {
    let members = try JSONDecoder().decode(Members.self, from: Data(problem.content.utf8))
    #expect(members.title == "\(problem.status.reason)")
    #expect(members.status == problem.status.rawValue)
    #expect(members.detail == problem.detail && members.detail.hasSuffix("."))
    #expect(members.code == problem.code)
    #expect(try #/[a-z]+(_[a-z]+)*/#.wholeMatch(in: problem.code) != nil)
    // RFC 9110 §15.6.4 and §15.5.6: what a client needs to go on.
    #expect((problem.retryAfterSeconds != nil) == (problem.status == .serviceUnavailable))
    #expect((problem.allow != nil) == (problem.status == .methodNotAllowed))
  }

  @Test func codesAreUnique() {
    #expect(Set(Self.problems.map(\.code)).count == Self.problems.count)
  }

  @Test(
    arguments: [
      (1, 1), (999, 1), (1000, 1), (1001, 2), (60_000, 60), (2_199_023_255_551, 2_199_023_256),
    ] as [(Int64, Int)])
  func retryAfterTheClockHasCaughtUp(_ milliseconds: Int64, _ seconds: Int) {
    let problem = Problem(.clock(.clockBehind(milliseconds: milliseconds)))
    #expect(problem.retryAfterSeconds == seconds)
  }

  /// RFC 8259 §7, read back by Foundation.
  @Test func escaping() throws {
    let text = String(String.UnicodeScalarView((0...0x2FF).compactMap { Unicode.Scalar($0) }))
    let problem = Problem(status: .badRequest, code: "x", detail: text + "\u{2028}\u{1F600}")
    let members = try JSONDecoder().decode(Members.self, from: Data(problem.content.utf8))
    #expect(members.detail == problem.detail)
  }

  @Test func longPathsAreShortened() {
    let path = "/" + String(repeating: "a", count: 4000)
    let expected = "There is nothing at /\(String(repeating: "a", count: 63))…."
    #expect(Problem.notFound(path: path).detail == expected)
  }
}
