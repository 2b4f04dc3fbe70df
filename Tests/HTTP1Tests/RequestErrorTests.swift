import HTTP1
import Testing

struct RequestErrorTests {
  /// All that is not here is 400: RFC 9110 §15.5.1.
  static let statuses: [RequestError: Status] = [
    .methodTooLong: .notImplemented,  // RFC 9112 §3
    .targetTooLong: .uriTooLong,  // RFC 9112 §3
    .unsupportedVersion: .httpVersionNotSupported,  // RFC 9110 §15.6.6
    .headTooLarge: .requestHeaderFieldsTooLarge,  // RFC 6585 §5
    .tooManyFields: .requestHeaderFieldsTooLarge,
    .trailersTooLarge: .requestHeaderFieldsTooLarge,
    .unknownTransferCoding: .notImplemented,  // RFC 9112 §6.1
    .unknownExpectation: .expectationFailed,  // RFC 9110 §15.5.18
    .bodyTooLarge: .contentTooLarge,  // RFC 9110 §15.5.14
  ]

  @Test(arguments: RequestError.allCases)
  func status(_ error: RequestError) {
    #expect(error.status == Self.statuses[error, default: .badRequest])
  }

  /// A sentence or more, that needs no escaping in JSON.
  @Test(arguments: RequestError.allCases)
  func detail(_ error: RequestError) {
    let detail = "\(error.detail)"
    #expect(detail.hasSuffix(".") && detail.count > 20)
    #expect(detail.utf8.allSatisfy { 0x20...0x7E ~= $0 && $0 != 0x22 && $0 != 0x5C })
  }

  @Test(arguments: RequestError.allCases)
  func codeIsSnakeCase(_ error: RequestError) throws {
    #expect(try #/[a-z]+(_[a-z]+)*/#.wholeMatch(in: error.rawValue) != nil)
  }

  @Test func codesAndDetailsAreUnique() {
    let errors = RequestError.allCases
    #expect(Set(errors.map(\.rawValue)).count == errors.count)
    #expect(Set(errors.map { "\($0.detail)" }).count == errors.count)
  }
}
