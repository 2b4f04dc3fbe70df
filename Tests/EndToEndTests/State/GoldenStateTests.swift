import Foundation
import TestSupport
import Testing

/// The program with the records of Tests/Golden in its store: see docs/STATE.md.
struct GoldenStateTests {
  /// The table that `idgen machines` prints for one record.
  private static func row(_ state: String, _ limit: String, _ owner: String = "") -> Regex<
    Substring
  > {
    let limit = limit.replacing(".", with: "\\.")
    let text = "machine  state .*\n7 +\(state) +\(limit) +.* ago *\(owner)\n"
    return (try? Regex(text, as: Substring.self)) ?? /never/
  }

  /// The names of the lines of a record, without the checksum and what pads it.
  private static func names(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix { !$0.hasPrefix("crc32") }
      .compactMap { $0.split(separator: " ").first }
  }

  /// Whether a record has the lines of this golden file, or those of a boot without an ID.
  private static func has(_ bytes: [UInt8], linesOf name: String, or other: String) throws -> Bool {
    let names = names(bytes)
    return try names == Self.names(GoldenRecord.bytes(name))
      || names == Self.names(GoldenRecord.bytes(other))
  }

  /// Serves an ID from the record, which has the lines of one of these files while the server runs,
  /// and after its stop.
  private static func serve(
    _ environment: [String: String], writing name: String, or other: String,
    read: () throws -> [UInt8]
  ) throws {
    let server = try RunningServer(environment: environment)
    #expect(try server.id() != nil)
    for exit in [nil, ChildProcess.Exit.status(0)] {
      if let exit { #expect(try server.stop() == exit) }
      #expect(try has(read(), linesOf: name, or: other), "\(environment)")
    }
  }

  // MARK: - Files

  @Test(arguments: [
    ("file-1", "2026-01-29T12:19:37.499Z"),
    ("file-2", "2026-01-29T12:19:37.499Z"),
    ("file-4-new", "2024-01-01T00:00:00.000Z"),
    ("file-4-held", "2026-01-29T12:19:37.499Z"),
    ("file-4-released", "2026-01-29T12:19:34.500Z"),
    ("file-4-crashed", "2026-01-29T12:19:37.499Z"),
    ("file-4-without-boot", "2026-01-29T12:19:37.499Z"),
    ("file-4-layout", "2026-01-29T12:19:37.500Z"),
    ("file-4-added", "2026-01-29T12:19:37.499Z"),
    ("file-4-added-without-boot", "2026-01-29T12:19:37.499Z"),
  ])
  func aFileIsListedAndServedFrom(_ name: String, _ limit: String) throws {
    let state = try StateFolder()
    let file = state.file(7)
    try FileManager.default.copyItem(at: GoldenRecord.url(name), to: URL(fileURLWithPath: file))
    let table = try Tool.idgen("machines", "--state-dir", state.path)
    #expect(table.standardOutput.wholeMatch(of: Self.row("free", limit)) != nil, "\(table)")

    var environment = state.environment
    environment["MACHINE_ID"] = "7"
    if name.hasSuffix("layout") { environment["ID_LAYOUT"] = "sonyflake" }
    try Self.serve(environment, writing: "file-4-held", or: "file-4-without-boot") {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
      #expect(bytes.count == 256)
      return bytes
    }
  }

  /// The longest record, with the last limit there is: nobody can begin there yet.
  @Test func theLongestFileIsListed() throws {
    let state = try StateFolder()
    try FileManager.default.copyItem(
      at: GoldenRecord.url("file-4-longest"), to: URL(fileURLWithPath: state.file(1023)))
    let table = try Tool.idgen("machines", "--state-dir", state.path)
    let row = /machine .*\n1023 +free +2093-09-06T15:47:35\.552Z +in .*\n/
    #expect(table.standardOutput.wholeMatch(of: row) != nil, "\(table)")
    let result = try Tool.idgen(
      "serve", "--machine-id", "1023", "--port", "0", environment: state.environment)
    #expect(result.exit == .status(75))
    #expect(result.standardError.contains("machine ID 1023 begins at 2093-09-06T15:47:35.552Z"))
  }

  @Test(arguments: [
    ("refused-file-5", "its version is 5, and this idgen reads only 1, 2, 3 and 4"),
    ("refused-file-empty", "its length is not 256"),
    ("refused-file-limit", "its checksum does not match"),
    ("refused-file-twice", "its line 11, `limit …`, is not in its place"),
  ])
  func aDamagedFileIsLeftAsItIs(_ name: String, _ reason: String) throws {
    let state = try StateFolder()
    let file = state.file(7)
    try FileManager.default.copyItem(at: GoldenRecord.url(name), to: URL(fileURLWithPath: file))
    let table = try Tool.idgen("machines", "--state-dir", state.path)
    #expect(table.standardOutput.contains("7        unreadable"))
    #expect(table.standardOutput.hasSuffix("  \(file): \(reason)\n"))

    let result = try Tool.idgen(
      "serve", "--machine-id", "7", "--port", "0", environment: state.environment)
    #expect(result.exit == .status(74))
    #expect(
      result.standardError.contains(
        "\(file) is not a reservation that can be trusted: \(reason). Use another machine ID."))
    #expect(
      FileManager.default.contentsEqual(
        atPath: file, andPath: GoldenRecord.url(name).path(percentEncoded: false)))
  }

  // MARK: - etcd

  @Test func aKeyInEtcdIsListedAndServedFrom() throws {
    let etcd = try RunningEtcd()
    let owner = "process 4321 on host app-7"
    for (name, state, limit, owner) in [
      ("etcd-3-held", "past", "2026-01-29T12:19:49.499Z", owner),
      ("etcd-3-released", "free", "2026-01-29T12:19:34.500Z", ""),
      ("etcd-3-without-boot", "past", "2026-01-29T12:19:49.499Z", owner),
      ("etcd-3-layout", "past", "2026-01-29T12:19:49.499Z", owner),
      ("etcd-3-added", "past", "2026-01-29T12:19:49.499Z", owner),
      ("etcd-3-added-released", "free", "2026-01-29T12:19:34.500Z", ""),
    ] {
      let key = "/\(name)/machine-7"
      try etcd.control(
        "put", key, String(decoding: try GoldenRecord.bytes(name), as: UTF8.self))
      var environment = etcd.environment
      environment["ETCD_PREFIX"] = "/\(name)/"
      let table = try Tool.idgen("machines", environment: environment)
      #expect(table.standardOutput.wholeMatch(of: Self.row(state, limit, owner)) != nil, "\(table)")

      environment["MACHINE_ID"] = "7"
      if name.hasSuffix("layout") { environment["ID_LAYOUT"] = "javascript" }
      try Self.serve(environment, writing: "etcd-3-held", or: "etcd-3-without-boot") {
        Array(try etcd.control("get", "--print-value-only", key).utf8)
      }
    }
  }
}
