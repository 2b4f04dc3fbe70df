#if TLS
import Foundation
import TestSupport
import Testing

@testable import TLS

/// What operators are told of files that cannot be used.
struct TLSFileTests {
  private let certificates: Certificates

  init() throws {
    certificates = try Certificates()
    _ = try certificates.make("server")
    _ = try certificates.make("other")
  }

  /// A file that is made with `sh` from good ones, the role in which it is used, and what is said.
  struct BadFile: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var command: String
    var file: TLSFiles.Kind
    var reason: String
  }

  static let badFiles = [
    BadFile("missing", "true", .certificates, "No such file or directory"),
    BadFile("a missing key", "true", .key, "No such file or directory"),
    BadFile("a directory", "mkdir bad", .certificates, "Is a directory"),
    BadFile(
      "within a file", "rm -rf bad; ln -s bad bad", .key, "Too many levels of symbolic links"),
    BadFile("empty", "touch bad", .certificates, "it is empty"),
    BadFile("an empty key", "touch bad", .key, "it is empty"),
    BadFile("too long", "truncate -s 2M bad", .key, "it is longer than 1048576 bytes"),
    BadFile("text", "echo hello > bad", .certificates, "there is no certificate in PEM in it"),
    BadFile(
      "DER", "openssl x509 -in server.pem -outform DER -out bad", .certificates,
      "there is no certificate in PEM in it: it is in DER"),
    BadFile(
      "a key in DER", "openssl pkey -in server.key -outform DER -out bad", .key,
      "there is no key in PEM in it: it is in DER"),
    BadFile(
      "swapped", "cp server.key bad", .certificates,
      "there is no certificate in PEM in it, but a PRIVATE KEY"),
    BadFile(
      "a certificate for the key", "cp server.pem bad", .key,
      "there is no key in PEM in it, but a CERTIFICATE"),
    BadFile(
      "truncated", "head -c 300 server.pem > bad", .certificates,
      "certificate 1 in it is damaged or cut off: bad end line"),
    BadFile(
      "a truncated chain", "(cat server.pem; head -c 300 authority.pem) > bad", .certificates,
      "certificate 2 in it is damaged or cut off: bad end line"),
    BadFile(
      "a truncated key", "head -c 100 server.key > bad", .key,
      "the key in it is damaged or cut off: bad end line"),
    BadFile(
      "damaged", "sed '3s/...../!!!!!/' server.pem > bad", .certificates,
      "certificate 1 in it is damaged or cut off: bad base64 decode"),
    BadFile(
      "another's key", "cp other.key bad", .key, "it is not the key of the certificate"),
    BadFile(
      "encrypted", "openssl pkey -in server.key -aes256 -passout pass:x -out bad", .key,
      "it is encrypted: a key without a password is required"),
    BadFile(
      "encrypted as it once was",
      "openssl ec -in server.key -aes256 -passout pass:x -out bad", .key,
      "it is encrypted: a key without a password is required"),
    BadFile(
      "a damaged key", "sed '2s/...../AAAAA/' server.key > bad", .key,
      "the key in it is damaged or cut off"),
    BadFile(
      "chain first", "cat authority.pem server.pem > bad", .certificates,
      "certificate 2 in it is that of the key, and must be the first"),
    BadFile(
      "not the issuer", "cat server.pem other.pem > bad", .certificates,
      "certificate 2 in it is not that of the issuer of certificate 1"),
    BadFile(
      "weak",
      "openssl req -x509 -newkey rsa:512 -nodes -keyout server.key -subj /CN=weak -out bad",
      .certificates, "certificate 1 in it cannot be used: ee key too small"),
    BadFile(
      "an authority's key", "cp authority.key bad", .authorities,
      "there is no certificate in PEM in it, but a PRIVATE KEY"),
    BadFile(
      "truncated authorities", "head -c 300 authority.pem > bad", .authorities,
      "certificate 1 in it is damaged or cut off: bad end line"),
  ]

  @Test func certificateOfAnotherKeyIsRefused() throws {
    let files = TLSFiles(
      identity: TLSFiles.Identity(
        certificates: file("SETTING_C", "other.pem"), key: file("SETTING_K", "server.key")))
    let error = #expect(throws: TLSError.self) { try TLSCredentials.server(files) }
    #expect(
      error?.description.hasSuffix("server.key: it is not the key of the certificate") == true)
  }

  @Test(arguments: badFiles) func badFileIsNamed(_ bad: BadFile) throws {
    try certificates.run(bad.command)
    let isAuthorities = bad.file == .authorities
    let files = TLSFiles(
      identity: TLSFiles.Identity(
        certificates: file("SETTING_C", bad.file == .certificates ? "bad" : "server.pem"),
        key: file("SETTING_K", bad.file == .key ? "bad" : "server.key")),
      authorities: file("SETTING_A", isAuthorities ? "bad" : "authority.pem"))
    let error = #expect(throws: TLSError.self) { try TLSCredentials.server(files) }
    let named = [files.identity?.certificates, files.identity?.key, files.authorities]
      .compactMap(\.self).first { $0.path.hasSuffix("/bad") }
    #expect(error?.description == named.map { "\($0.setting) \($0.path): \(bad.reason)" })
  }

  /// Files as they are often found: a chain, both in one file, comments, line ends of Windows.
  @Test(arguments: [
    ("cat server.pem authority.pem > good", "server.key"),
    ("cat server.key server.pem > good", "good"),
    ("(echo a comment; cat server.pem; echo; echo more) > good", "server.key"),
    ("sed 's/$/\\r/' server.pem > good", "server.key"),
  ]) func goodFileIsUsed(_ command: String, _ key: String) throws {
    try certificates.run(command)
    let identity = TLSFiles.Identity(
      certificates: file("SETTING_C", "good"), key: file("SETTING_K", key))
    let credentials = try TLSCredentials.server(TLSFiles(identity: identity))
    #expect(credentials.expiryUnixSeconds > Int64(Date().timeIntervalSince1970))
  }

  private func file(_ setting: String, _ name: String) -> TLSFiles.File {
    TLSFiles.File(
      setting: setting, path: certificates.path(name))
  }
}

extension TLSFileTests.BadFile {
  init(_ name: String, _ command: String, _ file: TLSFiles.Kind, _ reason: String) {
    self.init(testDescription: name, command: command, file: file, reason: reason)
  }
}
#endif
