import Foundation
import Testing

@testable import UV

@Suite struct UVErrorTests {
  static let errors: [(code: Int32, name: String, message: String, meansNoIPv6: Bool)] = [
    (EADDRINUSE, "EADDRINUSE", "address already in use", false),
    (EADDRNOTAVAIL, "EADDRNOTAVAIL", "address not available", true),
    (EAFNOSUPPORT, "EAFNOSUPPORT", "address family not supported", true),
    (ECONNREFUSED, "ECONNREFUSED", "connection refused", false),
    (ECONNRESET, "ECONNRESET", "connection reset by peer", false),
    (EMFILE, "EMFILE", "too many open files", false),
    (EACCES, "EACCES", "permission denied", false),
    (ECANCELED, "ECANCELED", "operation canceled", false),
  ]

  @Test(arguments: errors)
  func namesAndExplains(
    _ error: (code: Int32, name: String, message: String, meansNoIPv6: Bool)
  ) {
    let thrown = UVError(code: -error.code)
    #expect(thrown.name == error.name)
    #expect(thrown.message == error.message)
    #expect("\(thrown)" == "\(error.message) (\(error.name))")
    #expect(thrown.meansNoIPv6 == error.meansNoIPv6)
  }
}
