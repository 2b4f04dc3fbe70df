#if TLS
import Foundation
import TestSupport

/// A server with HTTPS, and the certificates of its clients: `client` is of its authority,
/// `stranger` of another one, and `expired` no longer holds.
struct TLSServer {
  let certificates: Certificates
  let server: RunningServer

  /// - Parameter asksClients: whether clients need a certificate.
  init(asksClients: Bool = false, environment: [String: String] = [:]) throws {
    certificates = try Self.makeCertificates()
    server = try RunningServer(
      environment: Self.settings(certificates, asksClients: asksClients)
        .merging(environment) { $1 })
  }

  var url: String { "https://localhost:\(server.port)" }

  static func makeCertificates() throws -> Certificates {
    let certificates = try Certificates()
    try certificates.makeAuthority("other")
    try certificates.makeFiles("server")
    for (name, authority, days) in [
      ("client", "authority", 2), ("stranger", "other", 2), ("expired", "authority", -1),
    ] {
      try certificates.makeFiles(name, names: "DNS:\(name)", days: days, authority: authority)
    }
    return certificates
  }

  static func settings(
    _ certificates: Certificates, asksClients: Bool = false
  ) -> [String: String] {
    var settings = [
      "TLS_CERTIFICATE_FILE": certificates.certificate("server"),
      "TLS_KEY_FILE": certificates.key("server"),
    ]
    if asksClients { settings["TLS_CLIENT_CA_FILE"] = certificates.certificate("authority") }
    return settings
  }

  /// Runs curl with `arguments` and the authority's certificate, and with one of its own.
  func curl(
    _ path: String, identity: String? = nil, _ arguments: [String] = [],
    authority: String = "authority"
  ) throws -> Tool {
    let own = identity.map {
      ["--cert", certificates.certificate($0), "--key", certificates.key($0)]
    }
    return try Tool.run(
      "curl",
      ["--silent", "--show-error", "--max-time", "30"]
        + ["--cacert", certificates.certificate(authority)] + (own ?? []) + arguments
        + ["\(url)\(path)"])
  }

  /// The value of a metric, as it says itself to a client with a certificate.
  func metric(_ name: String) throws -> Int? {
    let lines = try curl("/metrics", identity: "client").standardOutput.split(separator: "\n")
    return lines.first { $0.hasPrefix("\(name) ") }
      .flatMap { Int($0.dropFirst(name.count + 1)) }
  }
}
#endif
