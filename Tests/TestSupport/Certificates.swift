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
    guard days < 1 else {
      return try openssl(
        "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial "
          + "-days \(days) -extfile \(name).ext -out \(name).pem")
    }
    // `openssl x509` has no dates before version 3.4, and no days below 1 from 3.5 on.
    try temporary.add("\(name).index", "")
    try temporary.add(
      "\(name).cnf",
      """
      [ca]
      default_ca = own
      [own]
      database = \(name).index
      new_certs_dir = .
      rand_serial = yes
      policy = any
      [any]
      organizationName = optional
      commonName = supplied
      """)
    try openssl(
      "ca -batch -config \(name).cnf -in \(name).csr -cert \(authority).pem "
        + "-keyfile \(authority).key -md sha256 -notext -extfile \(name).ext "
        + "-startdate \(Self.date(days: days - 1)) -enddate \(Self.date(days: days)) "
        + "-out \(name).pem")
  }

  /// - Returns: the time so many days from now, as ASN.1 writes it.
  private static func date(days: Int) -> String {
    let time = Date(timeIntervalSinceNow: Double(days) * 86_400)
    return time.formatted(.iso8601).filter(\.isNumber) + "Z"
  }

  public func path(_ name: String) -> String { temporary.path(name) }

  /// The path of a certificate, and that of its key.
  public func certificate(_ name: String) -> String { path("\(name).pem") }
  public func key(_ name: String) -> String { path("\(name).key") }

  public func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  private func openssl(_ arguments: String) throws {
    try run("/usr/bin/openssl", arguments.split(separator: " ").map(String.init))
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
