import CLibUV
import Foundation
import Testing

@testable import UV

@Suite struct SocketAddressTests {
  struct Case {
    var host: String
    var port: UInt16
    var isIPv6: Bool
    var description: String
    /// If it is not the host that was given.
    var canonicalHost: String?
  }

  static let cases = [
    Case(host: "127.0.0.1", port: 8080, isIPv6: false, description: "127.0.0.1:8080"),
    Case(host: "0.0.0.0", port: 0, isIPv6: false, description: "0.0.0.0:0"),
    Case(
      host: "255.255.255.255", port: 65535, isIPv6: false, description: "255.255.255.255:65535"),
    Case(host: "::", port: 0, isIPv6: true, description: "[::]:0"),
    Case(host: "::1", port: 8080, isIPv6: true, description: "[::1]:8080"),
    Case(host: "2001:db8::2:1", port: 258, isIPv6: true, description: "[2001:db8::2:1]:258"),
    Case(
      host: "2001:DB8:0:0:0:0:0:1", port: 1, isIPv6: true, description: "[2001:db8::1]:1",
      canonicalHost: "2001:db8::1"),
    Case(
      host: "::ffff:192.0.2.1", port: 1, isIPv6: true, description: "[::ffff:192.0.2.1]:1"),
  ]

  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::1", "::1"),
    ("::ffff:0:1", "0.0.0.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
  ])
  func mappedAddressesAreTheirClients(_ host: String, _ unmapped: String) throws {
    #expect(try SocketAddress(numericHost: host, port: 1).unmappedHost == unmapped)
  }

  @Test(arguments: cases) func readsNumbers(_ test: Case) throws {
    let address = try SocketAddress(numericHost: test.host, port: test.port)
    #expect(address.host == test.canonicalHost ?? test.host)
    #expect(address.port == test.port)
    #expect(address.isIPv6 == test.isIPv6)
    #expect("\(address)" == test.description)
  }

  @Test(arguments: [
    "", "localhost", "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "127.0.0.1:80", "[::1]", ":::",
    "1::2::3", "::g", " ::1", "127.0.0.1 ",
  ])
  func readsNothingElseAsNumbers(host: String) {
    #expect(throws: UVError(code: -EINVAL)) { try SocketAddress(numericHost: host, port: 80) }
  }

  @Test func anyIsBothForms() throws {
    #expect("\(try SocketAddress.anyIPv6(port: 8080))" == "[::]:8080")
    #expect("\(try SocketAddress.anyIPv4(port: 8080))" == "0.0.0.0:8080")
  }

  /// RFC 6761 §6.4: the last is a name that never is.
  @Test(arguments: [("localhost", true), ("127.0.0.1", true), ("name.invalid", false)])
  func resolvesInTheBackground(_ host: String, _ isFound: Bool) throws {
    let loop = try Loop()
    var results: [Result<SocketAddress, UVError>] = []
    try SocketAddress.resolve(host, port: 80, loop: loop) { results.append($0) }
    #expect(results.isEmpty)
    loop.run()
    #expect(results.count == 1)
    #expect((try? results.first?.get().port) == (isFound ? 80 : nil))
  }

  @Test func nothingHasNoName() throws {
    let loop = try Loop()
    var error: UVError?
    do throws(UVError) {
      try SocketAddress.resolve("", port: 80, loop: loop) {
        if case .failure(let failure) = $0 { error = failure }
      }
      loop.run()
    } catch let failure {
      error = failure
    }
    #expect(error != nil)
  }

  /// Each address once: the hosts file of every system has at least one for `localhost`.
  @Test(arguments: ["localhost", "::1", "127.0.0.1"])
  func resolvesAllAddresses(host: String) throws {
    let loop = try Loop()
    var addresses: [SocketAddress] = []
    try SocketAddress.resolveAll(host, port: 80, loop: loop) {
      addresses = (try? $0.get()) ?? []
    }
    loop.run()
    let texts = addresses.map { "\($0)" }
    let expected =
      host == "localhost" ? addressesOfLocalhost() : [SocketAddress.text(host: host, port: 80)]
    #expect(Set(texts) == Set(expected))
    #expect(texts.count == expected.count)
  }

  /// As the system says them: without libuv, but by the same function.
  private func addressesOfLocalhost() -> [String] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo("localhost", "80", &hints, &list) == 0 else { return [] }
    defer { unsafe freeaddrinfo(list) }
    var texts: [String] = []
    var next = unsafe list
    while let entry = unsafe next {
      texts.append(
        unsafe entry.pointee.ai_family == AF_INET6 ? "[::1]:80" : "127.0.0.1:80")
      unsafe next = entry.pointee.ai_next
    }
    return texts
  }
}
