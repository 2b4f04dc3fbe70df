#if TLS
import Foundation
import TestSupport
import Testing

/// What `docs/TLS.md` says, tried.
@Suite struct TLSDocumentTests {
  private static let text = Result {
    try String(
      contentsOf: ExampleTests.folder.deletingLastPathComponent()
        .appendingPathComponent("docs/TLS.md"), encoding: .utf8)
  }

  /// The commands, one after the other in one folder: each `idgen serve` ends the last one, on
  /// another port than 8080, and each `curl` gets an ID.
  @Test func commandsWork() throws {
    let folder = try TemporaryFolder()
    var server: RunningServer?
    var counts: [String: Int] = [:]
    for line in try Self.text.get().split(separator: "\n") where line.hasPrefix("$ ") {
      let words = line.dropFirst(2).split(separator: " ").map { word in
        word.contains(#/\.(pem|key|csr)$/#) ? folder.path(String(word)) : String(word)
      }
      counts[words[0], default: 0] += 1
      if words[0] == "idgen" {
        server = nil
        server = try RunningServer(words.dropFirst(2).map(\.self))
      } else {
        let port = server.map { String($0.port) } ?? "8080"
        let tool = try Tool.run(
          words[0], words.dropFirst().map { $0.replacing("8080", with: port) })
        #expect(tool.exit == .status(0), "\(line): \(tool.standardError)")
        if words[0] == "curl" {
          #expect(tool.standardOutput.contains(#/^\{"id": \d{18}, "machine_id": 1\}$/#))
        }
      }
    }
    #expect(counts == ["openssl": 4, "idgen": 2, "curl": 2])
    // Without its certificate, the last client would have been refused.
    let refused = try Tool.run(
      "curl",
      ["-s", "--cacert", folder.path("server.pem")]
        + ["https://localhost:\(try #require(server).port)/id"])
    #expect(refused.exit != .status(0) && refused.standardOutput == "")
  }

  /// The block of the page that begins with a line.
  private static func block(_ firstLine: String) throws -> String {
    let text = try text.get()
    let start = try #require(text.firstRange(of: "\n\(firstLine)\n")).lowerBound
    let end = try #require(text[start...].firstRange(of: "\n```")).lowerBound
    return text[start..<end].dropFirst() + "\n"
  }

  /// certbot's hook, in another folder and for another group.
  @Test func hookCopiesBothFiles() throws {
    let certificates = try TLSServer.makeCertificates()
    try certificates.run("cp server.pem fullchain.pem && cp server.key privkey.pem && mkdir copies")
    let copies = certificates.path("copies")
    let hook = try Self.block("#!/bin/sh")
      .replacing("-g idgen", with: "-g \(getgid())").replacing("/etc/idgen", with: copies)
    let tool = try Tool.run(
      "sh", ["-c", hook], environment: ["RENEWED_LINEAGE": certificates.folder.path()])
    #expect(tool.exit == .status(0), "\(tool.standardError)")
    let server = try RunningServer(environment: [
      "TLS_CERTIFICATE_FILE": "\(copies)/fullchain.pem", "TLS_KEY_FILE": "\(copies)/privkey.pem",
    ])
    #expect(try server.stop() == .status(0))
    let mode = try FileManager.default.attributesOfItem(atPath: "\(copies)/privkey.pem")
    #expect(mode[.posixPermissions] as? Int == 0o640)
  }

  /// OpenSSL's own configuration can ask for more than its defaults do.
  @Test func configurationOfOpenSSLIsUsed() throws {
    let folder = try TemporaryFolder()
    let file = try folder.add("openssl.cnf", Self.block("openssl_conf = all"))
    let tls = try TLSServer(environment: ["OPENSSL_CONF": file])
    #expect(try tls.curl("/health").standardOutput == "ok")
    let old = try tls.curl("/health", ["--tls-max", "1.2"])
    #expect(old.exit == .status(35), "\(old.standardError)")
    #expect(try tls.server.stop() == .status(0))
  }

  // MARK: - Files that cannot be used

  /// How a bad file is made of good ones, by `sh`, and which setting has it.
  static let badFiles: [(reason: String, setting: String, command: String)] = [
    ("No such file or directory", "TLS_KEY_FILE", "true"),
    ("Is a directory", "TLS_CERTIFICATE_FILE", "mkdir bad"),
    ("it is empty", "TLS_CERTIFICATE_FILE", "touch bad"),
    ("there is no certificate in PEM in it", "TLS_CERTIFICATE_FILE", "echo certificate >bad"),
    (
      "there is no certificate in PEM in it: it is in DER", "TLS_CLIENT_CA_FILE",
      "openssl x509 -in authority.pem -outform DER -out bad"
    ),
    (
      "there is no certificate in PEM in it, but a PRIVATE KEY", "TLS_CERTIFICATE_FILE",
      "cp server.key bad"
    ),
    (
      "certificate 1 in it is damaged or cut off: bad end line", "TLS_CERTIFICATE_FILE",
      "head -c 300 server.pem >bad"
    ),
    (
      "certificate 1 in it is damaged or cut off: bad base64 decode", "TLS_CERTIFICATE_FILE",
      "sed '3s/...../!!!!!/' server.pem >bad"
    ),
    (
      "certificate 2 in it is that of the key, and must be the first", "TLS_CERTIFICATE_FILE",
      "cat authority.pem server.pem >bad"
    ),
    (
      "certificate 2 in it is not that of the issuer of certificate 1", "TLS_CERTIFICATE_FILE",
      "cat server.pem other.pem >bad"
    ),
    (
      "certificate 1 in it cannot be used: ee key too small", "TLS_CERTIFICATE_FILE",
      "openssl req -x509 -newkey rsa:512 -nodes -subj /CN=weak -keyout server.key -out bad"
    ),
    ("it is not the key of the certificate", "TLS_KEY_FILE", "cp client.key bad"),
    (
      "it is encrypted: a key without a password is required", "TLS_KEY_FILE",
      "openssl pkey -in server.key -aes256 -passout pass:x -out bad"
    ),
    (
      "the key in it is damaged or cut off: bad end line", "TLS_KEY_FILE",
      "head -c 100 server.key >bad"
    ),
  ]

  @Test(arguments: badFiles.indices) func badFileIsRefused(_ index: Int) throws {
    let (reason, setting, command) = Self.badFiles[index]
    let certificates = try TLSServer.makeCertificates()
    try certificates.run(command)
    let path = certificates.path("bad")
    let settings = TLSServer.settings(certificates, asksClients: true)
      .merging([setting: path, "MACHINE_ID": "1", "PORT": "0"]) { $1 }
    let tool = try Tool.idgen([], environment: settings)
    #expect(tool.exit == .status(64))
    #expect(tool.standardError == "idgen: \(setting) \(path): \(reason)\n")
  }

  /// The table has these messages and no others.
  @Test func tableOfBadFilesIsComplete() throws {
    let section = try #require(
      try Self.text.get().firstRange(of: "## Files that cannot be used")?.upperBound)
    let listed = try Self.text.get()[section...].matches(of: #/\n\| [^|]+ \| `([^`]+)` \|/#)
      .map { String($0.1) }
    #expect(listed == Self.badFiles.map(\.reason))
  }
}
#endif
