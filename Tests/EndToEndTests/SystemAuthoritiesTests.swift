#if TLS
import Foundation
import Testing

/// The authorities that vouch for etcd, if no file names them: those of the system, if it has any.
@Suite struct SystemAuthoritiesTests {
  /// What the system has where OpenSSL looks, relative to an empty folder, and whether that counts.
  struct Place: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var environment: [String: String]
    var hasAuthorities: Bool
  }

  static let places = [
    Place(
      testDescription: "no file and no folder",
      environment: ["SSL_CERT_FILE": "none", "SSL_CERT_DIR": "none"], hasAuthorities: false),
    Place(
      testDescription: "an empty folder",
      environment: ["SSL_CERT_FILE": "none", "SSL_CERT_DIR": "empty"], hasAuthorities: false),
    Place(
      testDescription: "a file",
      environment: ["SSL_CERT_FILE": "full/file", "SSL_CERT_DIR": "none"], hasAuthorities: true),
    Place(
      testDescription: "a folder with a file",
      environment: ["SSL_CERT_FILE": "none", "SSL_CERT_DIR": "full"], hasAuthorities: true),
  ]

  @Test(arguments: places) func withoutAnyAFileMustBeNamed(_ place: Place) throws {
    let state = try StateFolder()
    let root = URL(fileURLWithPath: state.path)
    for name in ["empty", "full"] {
      try FileManager.default.createDirectory(
        at: root.appending(path: name), withIntermediateDirectories: true)
    }
    try Data().write(to: root.appending(path: "full/file"))
    // `machines` ends by itself: nothing listens on port 1.
    let result = try Tool.idgen(
      ["machines"],
      environment: place.environment.mapValues { "\(state.path)/\($0)" }
        .merging(["ETCD_ENDPOINTS": "https://127.0.0.1:1"]) { $1 })
    if place.hasAuthorities {
      #expect(result.exit == .status(74), "\(result.standardError)")
    } else {
      #expect(result.exit == .status(64))
      let folders = [place.environment["SSL_CERT_FILE"]!, place.environment["SSL_CERT_DIR"]!]
        .map { "\(state.path)/\($0)" }
      #expect(
        result.standardError
          == "idgen: ETCD_ENDPOINTS with https:// needs ETCD_CA_FILE: this system has no "
          + "certificates of authorities in \(folders[0]) or \(folders[1])\n")
    }
  }
}
#endif
