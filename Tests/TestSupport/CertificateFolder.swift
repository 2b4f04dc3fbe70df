import Foundation

/// Certificates of authorities of our own, made by the `openssl` command, in a temporary folder.
/// Each NAME has NAME.pem and NAME.key.
public final class CertificateFolder {
  private let folder: TemporaryFolder

  /// Makes the authorities, each with the name that its certificate's subject has.
  public init(authorities: String...) throws {
    folder = try TemporaryFolder()
    for name in authorities {
      try openssl(
        "req -x509", Self.key(name), "-days 2 -subj /CN=\(name) -out \(name).pem",
        "-addext keyUsage=critical,keyCertSign")
    }
  }

  public var path: String { folder.path }

  /// The path of a certificate, or of its key.
  public func certificate(_ name: String) -> String { folder.path("\(name).pem") }
  public func key(_ name: String) -> String { folder.path("\(name).key") }

  /// Makes a certificate with the subject `O=idgen,CN=NAME`.
  ///
  /// - Parameters:
  ///   - file: the files' name; NAME by default. Files of that name are replaced.
  ///   - names: the alternative names of the subject.
  ///   - days: how long it holds, from now; negative for one that has expired.
  public func make(
    _ name: String, file: String? = nil, names: String = "DNS:localhost,IP:127.0.0.1,IP:::1",
    days: Int = 2, authority: String = "authority"
  ) throws {
    let file = file ?? name
    try folder.add("new.ext", "subjectAltName=\(names)")
    try openssl("req", Self.key("new"), "-subj /O=idgen/CN=\(name) -out new.csr")
    try openssl(
      "x509 -req -in new.csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial",
      "-days \(days) -extfile new.ext -out new.pem")
    // A reader sees the old file or the new one, and no part of either.
    for ending in ["key", "pem"] {
      guard unsafe rename(folder.path("new.\(ending)"), folder.path("\(file).\(ending)")) == 0
      else { throw CertificateError("cannot write \(file).\(ending)") }
    }
  }

  /// Writes a file of several, one after the other.
  @discardableResult
  public func concatenate(_ parts: [String], into name: String) throws -> String {
    let texts = try parts.map { try String(contentsOfFile: folder.path($0), encoding: .utf8) }
    return try folder.add(name, texts.joined())
  }

  private static func key(_ name: String) -> String {
    "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout \(name).key"
  }

  private func openssl(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments.flatMap { $0.split(separator: " ").map(String.init) }
    process.currentDirectoryURL = folder.url
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CertificateError("openssl \(arguments): \(String(decoding: text, as: UTF8.self))")
    }
  }
}

/// Why a certificate could not be made.
public struct CertificateError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
