#if TLS
import Foundation
import TestSupport
import Testing

/// The store in a real etcd that is reached over TLS, and that verifies its clients.
@Suite struct EtcdTLSTests {
  private let certificates: Certificates

  init() throws {
    certificates = try Certificates()
    try certificates.makeAuthority("other")
    try certificates.makeFiles("etcd")
    try certificates.makeFiles("app", names: "DNS:app")
  }

  private func settings(
    _ endpoints: String, authority: String = "authority", identity: String? = "app"
  ) -> [String: String] {
    var settings = [
      "ETCD_ENDPOINTS": endpoints, "ETCD_CA_FILE": certificates.certificate(authority),
      "MACHINE_ID": "7", "PORT": "0", "RESERVATION_MS": "1000",
    ]
    if let identity {
      settings["ETCD_CERTIFICATE_FILE"] = certificates.certificate(identity)
      settings["ETCD_KEY_FILE"] = certificates.key(identity)
    }
    return settings
  }

  // MARK: - What works

  /// Names, and addresses of both families.
  @Test(arguments: ["localhost", "127.0.0.1", "[::1]"])
  func servesGeneratesAndLists(_ host: String) throws {
    let etcd = try RunningEtcd(certificates)
    let settings = settings("https://\(host):\(etcd.port)")
    let server = try RunningServer(environment: settings)
    #expect(server.standardError.contains("in etcd at https://\(host):\(etcd.port)\n"))
    let first = try server.firstID()
    #expect(first.refusals == [])
    let machines = try Tool.idgen(["machines"], environment: settings)
    #expect(machines.exit == .status(0), "\(machines.standardError)")
    #expect(machines.standardOutput.contains(#/\n7 +held .* process \d+ on host /#))
    #expect(try server.stop() == .status(0))
    let generated = try Tool.idgen(["generate", "--count", "3"], environment: settings)
    #expect(generated.exit == .status(0), "\(generated.standardError)")
    let ids = generated.standardOutput.split(separator: "\n").compactMap { UInt64($0) }
    #expect(ids.count == 3 && ids.allSatisfy { $0 > first.id })
  }

  /// A member that cannot be verified keeps nobody from the others, whichever scheme these have.
  @Test func oneGoodMemberIsEnough() throws {
    let etcd = try RunningEtcd(certificates)
    let plain = try RunningEtcd()
    let here = "127.0.0.1:\(etcd.port)"
    for (authority, endpoints) in [
      ("authority", "http://127.0.0.1:1,https://\(here)"),
      ("authority", "http://\(here),https://\(here)"),
      ("other", "https://\(here),\(plain.address)"),
    ] {
      let server = try RunningServer(environment: settings(endpoints, authority: authority))
      #expect(try server.firstID().refusals == [])
      #expect(try server.stop() == .status(0))
    }
  }

  // MARK: - What does not

  struct Refusal: CustomTestStringConvertible {
    let testDescription: String
    /// The certificate of etcd.
    var names = "DNS:localhost,IP:127.0.0.1"
    var days = 2
    var etcdIsSecure = true
    /// What idgen has.
    var scheme = "https"
    var authority = "authority"
    var identity: String? = "app"
    /// What the log says after the address.
    let reason: String
  }

  static let refusals = [
    Refusal(
      testDescription: "another authority", authority: "other",
      reason: "the peer's certificate is refused: unable to get local issuer certificate"),
    Refusal(
      testDescription: "another name", names: "DNS:elsewhere",
      reason: "the peer's certificate is refused: IP address mismatch"),
    Refusal(
      testDescription: "an expired certificate", days: -1,
      reason: "the peer's certificate is refused: certificate has expired"),
    Refusal(
      testDescription: "no certificate of ours", identity: nil,
      reason: "(reading failed: .*certificate|connection reset|broken pipe)"),
    Refusal(
      testDescription: "a certificate of another authority", identity: "stranger",
      reason: "(reading failed: .*(bad certificate|unknown ca)|connection reset|broken pipe)"),
    Refusal(
      testDescription: "http:// to an etcd with TLS", scheme: "http", identity: nil,
      reason: "(The connection was closed before the end of the response|connection reset)"),
    Refusal(
      testDescription: "https:// to an etcd without TLS", etcdIsSecure: false,
      reason: "the handshake of TLS failed, as with a server without TLS: "),
  ]

  /// The log names the address and the reason. A start waits, as it does for an etcd that is away,
  /// and makes no ID; a command ends.
  @Test(arguments: refusals) func isRefused(_ test: Refusal) throws {
    try certificates.makeFiles("stranger", names: "DNS:stranger", authority: "other")
    let etcd = try RunningEtcd(test.etcdIsSecure ? certificates : nil)
    if test.names != "DNS:localhost,IP:127.0.0.1" || test.days < 0 {
      // etcd reads its certificate for each connection.
      try certificates.makeFiles("etcd", names: test.names, days: test.days)
    }
    let address = "\(test.scheme)://127.0.0.1:\(etcd.port)"
    var settings = settings(address, authority: test.authority, identity: test.identity)
    if test.scheme == "http" { settings["ETCD_CA_FILE"] = nil }
    let child = try ChildProcess(Tool.idgen(), [], environment: settings)
    #expect(try child.waitForStandardError(containing: " warning "))
    let warning = try Regex("\(address.replacing(".", with: "[.]")): \(test.reason)")
    #expect(child.standardError.contains(warning), "\(child.standardError)")
    #expect(!child.standardError.contains("claimed"))
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
    let machines = try Tool.idgen(["machines"], environment: settings)
    #expect(machines.exit == .status(74))
    #expect(machines.standardError.contains(warning), "\(machines.standardError)")
    #expect(machines.standardOutput == "")
  }

  // MARK: - Rotation

  /// The certificates of both sides are replaced, one after the other, while a client asks for IDs.
  /// No request is refused, and the reservation stays.
  @Test func rotatesWithoutALoss() throws {
    let etcd = try RunningEtcd(certificates)
    let server = try RunningServer(
      environment: settings("https://localhost:\(etcd.port)")
        .merging(["RESERVATION_MS": "5000"]) { $1 })
    var last = try server.firstID().id
    let record = try etcd.record(7)
    func serve(until message: String, _ count: Int) throws {
      while server.standardError.matches(of: try Regex(message)).count < count {
        let id = try #require(try server.id(), "a request was refused: \(server.standardError)")
        #expect(id > last)
        last = id
        usleep(20_000)
      }
    }
    try certificates.makeFiles("app", names: "DNS:app")
    try serve(until: "new .*use the .*files that have changed", 1)
    try certificates.makeFiles("etcd")
    // Its connections live on; a restart makes new ones.
    try etcd.kill()
    try etcd.restart()
    try certificates.makeFiles("app", names: "DNS:app")
    try serve(until: "new .*use the .*files that have changed", 2)
    #expect(try etcd.record(7)["owner"] == record["owner"])
    #expect(try server.stop() == .status(0))
  }
}
#endif
