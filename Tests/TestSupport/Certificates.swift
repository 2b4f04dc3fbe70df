public import Foundation

/// Certificates of an authority of our own in a folder, made by the `openssl` command: `name.pem`
/// and `name.key`.
public final class Certificates {
  private let temporary: TemporaryFolder

  public var folder: URL { temporary.url }

  public init() throws {
    temporary = try TemporaryFolder()
    try makeAuthority("authority")
  }

  public func makeAuthority(_ name: String) throws {
    try openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=\(name) "
        + "-addext keyUsage=critical,keyCertSign -keyout \(name).key -out \(name).pem")
  }

  /// - Parameters:
  ///   - names: the value of subjectAltName; `nil` for a certificate without it.
  ///   - days: how long it holds, from now; negative for one that has expired.
  public func makeFiles(
    _ name: String, names: String? = "DNS:localhost,IP:127.0.0.1,IP:::1", days: Int = 2,
    authority: String = "authority"
  ) throws {
    try openssl(
      "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /O=idgen/CN=\(name) "
        + "-keyout \(name).key -out \(name).csr")
    try temporary.add("\(name).ext", names.map { "subjectAltName=\($0)" } ?? "")
    // OpenSSL 3.5 makes no certificate that holds for less than a day. One that has expired is made
    // in the past.
    try openssl(
      "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial "
        + "-days \(max(days, 1)) -extfile \(name).ext -out \(name).pem",
      daysAgo: max(1 - days, 0))
  }

  public func path(_ name: String) -> String { temporary.path(name) }

  /// The path of a certificate, and that of its key.
  public func certificate(_ name: String) -> String { path("\(name).pem") }
  public func key(_ name: String) -> String { path("\(name).key") }

  public func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  private func openssl(_ arguments: String, daysAgo: Int = 0) throws {
    let arguments = arguments.split(separator: " ").map(String.init)
    if daysAgo == 0 {
      try run("/usr/bin/openssl", arguments)
    } else {
      try run("/usr/bin/faketime", ["-f", "-\(daysAgo)d", "/usr/bin/openssl"] + arguments)
    }
  }

  /// Runs a command of the shell in the folder.
  public func run(_ command: String) throws { try run("/bin/sh", ["-c", command]) }

  private func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CocoaError(
        .executableLoad, userInfo: ["command": "\(program) \(arguments)", "folder": folder.path()])
    }
  }
}
