#if TLS
import Foundation

@testable import TLS

/// Certificates of an authority of our own, made by the `openssl` command.
struct Certificates {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "idgen-tls-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try makeAuthority("authority")
  }

  func makeAuthority(_ name: String) throws {
    try openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=\(name) "
        + "-addext keyUsage=critical,keyCertSign -keyout \(name).key -out \(name).pem")
  }

  /// - Parameter days: how long it holds, from now; negative for one that has expired.
  func make(
    _ name: String, names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 2,
    authority: String = "authority"
  ) throws -> TLSContext.Identity {
    try openssl(
      "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=idgen/CN=\(name) "
        + "-keyout \(name).key -out \(name).csr")
    try "subjectAltName=\(names)".write(
      to: folder.appending(path: "\(name).ext"), atomically: true, encoding: .utf8)
    try openssl(
      "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial "
        + "-days \(days) -extfile \(name).ext -out \(name).pem")
    return TLSContext.Identity(
      certificates: try read("\(name).pem"), key: try read("\(name).key"))
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  func openssl(_ arguments: String) throws {
    try run("/usr/bin/openssl", arguments.split(separator: " ").map(String.init))
  }

  func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TLSError("\(program) \(arguments)") }
  }
}
#endif
