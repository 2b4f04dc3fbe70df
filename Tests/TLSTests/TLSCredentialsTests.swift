#if TLS
import Foundation
import TestSupport
import Testing
import UV

@testable import TLS

/// What becomes of files that change.
struct TLSCredentialsTests {
  private let certificates: Certificates
  private let files: TLSFiles

  init() throws {
    certificates = try Certificates()
    for name in ["used", "new"] { _ = try certificates.make(name) }
    _ = try certificates.make("expired", days: -1)
    try certificates.run("cp used.pem server.pem; cp used.key server.key")
    files = TLSFiles(
      identity: TLSFiles.Identity(
        certificates: TLSFiles.File(setting: "SETTING_C", path: certificates.path("server.pem")),
        key: TLSFiles.File(setting: "SETTING_K", path: certificates.path("server.key"))))
  }

  /// One step a look: a command, and what is reported by the look that follows it.
  private func expect(_ steps: [(command: String, reports: [String])]) throws {
    let credentials = try TLSCredentials.server(files)
    for (index, step) in steps.enumerated() {
      try certificates.run(step.command)
      var reports: [String] = []
      credentials.didRead(files.read()) { change in
        switch change {
        case .reloaded: reports.append("taken")
        case .refused(let error): reports.append("refused \(error)")
        case .warned(let error): reports.append("warned \(error)")
        }
      }
      #expect(reports == step.reports, "step \(index): \(step.command)")
    }
  }

  private var key: String { "SETTING_K \(files.identity?.key.path ?? "")" }
  private var certificate: String { "SETTING_C \(files.identity?.certificates.path ?? "")" }

  /// The moment between two files is no error, and a file that grows is used once it is whole.
  @Test func filesCountOnceTheyStayTheSame() throws {
    try expect([
      ("true", []), ("cp new.pem server.pem", []), ("cp new.key server.key", []),
      ("true", ["taken"]), ("true", []), ("rm server.key", []), ("cp used.key server.key", []),
      ("cp used.pem server.pem", []), ("cat authority.pem >> server.pem", []), ("true", ["taken"]),
      ("rm server.pem", []), ("(cat used.pem authority.pem) > server.pem", []), ("true", []),
    ])
  }

  /// Each kind of error is reported once while it lasts, and again after it was gone.
  @Test func eachErrorIsReportedOnce() throws {
    let mismatch = "refused \(key): it is not the key of the certificate"
    let missing = "refused \(key): No such file or directory"
    try expect([
      ("cp new.key server.key", []), ("true", [mismatch]), ("true", []), ("true", []),
      ("rm server.key", []), ("true", [missing]), ("true", []),
      ("cp new.key server.key", []), ("true", [mismatch]), ("cp used.key server.key", []),
      ("true", []), ("cp new.key server.key", []), ("true", [mismatch]),
    ])
  }

  /// It is used all the same: see ``TLSContext/warning(atUnixSeconds:)``.
  @Test func expiredCertificateIsUsedWithAWarning() throws {
    let warning =
      "warned \(certificate): certificate 1 in it has expired: it is used, but peers that verify "
      + "it refuse it"
    try expect([
      ("cp expired.pem server.pem; cp expired.key server.key", []), ("true", ["taken", warning]),
      ("true", []), ("cp new.pem server.pem; cp new.key server.key", []), ("true", ["taken"]),
      ("cp expired.pem server.pem; cp expired.key server.key", []), ("true", ["taken", warning]),
    ])
  }

  @Test func startWarnsOfAnExpiredCertificate() throws {
    try certificates.run("cp expired.pem server.pem; cp expired.key server.key")
    let loop = try Loop()
    let credentials = try TLSCredentials.server(files)
    var warnings: [String] = []
    try credentials.watch(on: loop) { change in
      if case .warned(let error) = change { warnings.append(error.description) }
    }
    credentials.close()
    loop.run()
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("\(certificate): certificate 1 in it has expired") == true)
  }

  @Test(arguments: [(-1, "is not valid yet"), (60, nil), (200_000, "has expired")])
  func warningDependsOnTheTime(_ seconds: Int64, _ reason: String?) throws {
    let context = try TLSContext(server: certificates.make("server"))
    let (start, end) = try #require(context.certificates.first).validityUnixSeconds
    #expect(end - start == 2 * 86_400)
    #expect(context.expiryUnixSeconds == end)
    let warning = context.warning(atUnixSeconds: start + seconds)?.description
    #expect(
      warning
        == reason.map {
          "certificate 1 in it \($0): it is used, but peers that verify it refuse it"
        })
  }

  /// The one that expires first decides: an alert must come before clients fail.
  @Test func expiryIsThatOfTheWholeChain() throws {
    var identity = try certificates.make("server", days: 30)
    identity.certificates += try certificates.read("authority.pem")
    let context = try TLSContext(server: identity)
    let chain = context.certificates.map(\.validityUnixSeconds.end)
    #expect(chain.count == 2 && chain[0] > chain[1])
    #expect(context.expiryUnixSeconds == chain[1])
  }
}
#endif
