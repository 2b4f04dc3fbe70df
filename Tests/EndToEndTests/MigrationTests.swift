import Foundation
import Testing

/// What docs/MIGRATION.md and docs/LAYOUTS.md tell somebody to do, done.
@Suite struct MigrationTests {
  let state: StateFolder

  init() throws { state = try StateFolder() }

  /// A system that somebody moves from.
  struct System: Sendable, CustomTestStringConvertible {
    let layout: String
    var epoch: String?
    /// The last ID that it made, and when that was.
    let lastID: UInt64
    let time: String
    let machineID: Int

    var testDescription: String { layout }

    var environment: [String: String] {
      var environment = ["ID_LAYOUT": layout, "MACHINE_ID": "\(machineID)"]
      environment["ID_EPOCH"] = epoch
      return environment
    }
  }

  static let systems = [
    System(
      layout: "twitter", lastID: 2_016_848_693_815_521_280, time: "2026-01-29T12:19:34.499Z",
      machineID: 347),
    System(
      layout: "discord", lastID: 175_928_847_299_117_063, time: "2016-04-30T11:18:25.796Z",
      machineID: 32),
    System(
      layout: "sonyflake", lastID: 604_247_497_569_140_994, time: "2026-01-29T12:19:34.490Z",
      machineID: 258),
    System(
      layout: "sonyflake2", lastID: 57_041_820_513_140_994, time: "2026-01-29T12:19:34.490Z",
      machineID: 258),
    System(
      layout: "tsid", lastID: 38_352_658_567_418_872, time: "2020-04-15T19:59:46.360Z",
      machineID: 421),
    System(
      layout: "41/8/14", epoch: "2020-01-01T00:00:00Z", lastID: 38_352_658_567_418_872,
      time: "2020-04-15T19:59:46.360Z", machineID: 105),
    // A database sequence, whose numbers have no time.
    System(
      layout: "default", lastID: 1234, time: "2024-01-01T00:00:00.000Z", machineID: 0),
    System(
      layout: "javascript", lastID: 1234, time: "2024-01-01T00:00:00.000Z", machineID: 19),
  ]

  /// The steps: an old ID is decoded; a server starts with `--after`; its IDs are greater, and have
  /// the machine ID.
  @Test(arguments: systems)
  func moves(from system: System) throws {
    let decoded = try decode(system.lastID, system)
    #expect(decoded.contains("\"timestamp\": \"\(system.time)\""))
    #expect(decoded.contains("\"machine_id\": \(system.machineID),"))
    var last = system.lastID
    for arguments in [["--after", "\(system.lastID)"], []] {
      let server = try RunningServer(
        ["serve"] + arguments,
        environment: state.environment.merging(system.environment) { $1 })
      let id = try #require(UInt64(try text("/id", server).trimmingCharacters(in: .newlines)))
      #expect(id > last)
      #expect(try decode(id, system).contains("\"machine_id\": \(system.machineID),"))
      last = id
      #expect(try server.stop() == .status(0))
    }
  }

  /// The clock has not reached the last ID: another generator's clock was ahead, or this one is
  /// behind.
  @Test(.setsClock) func isRefusedBeforeTheLastID() throws {
    let system = Self.systems[0]
    let clock = try FakeClock("2026-01-29 12:19:34")
    let environment = clock.environment.merging(system.environment) { $1 }
    let result = try Tool.idgen(
      ["serve", "--port", "0", "--after", "\(system.lastID)"], environment: environment)
    #expect(result.exit == .status(75))
    #expect(result.standardError.contains("\(system.lastID)"))
    #expect(result.standardError.contains("2026-01-29T12:19:34.500Z"))
  }

  /// The statements for UUIDs, in SQLite: every old row has an ID of its time and of machine 1023,
  /// in the order of time.
  @Test func uuidsGetIDs() throws {
    let result = try Tool.run(
      "python3", ["-c", Self.backfill, Self.document("MIGRATION.md")],
      environment: ProcessInfo.processInfo.environment)
    #expect(result.exit == .status(0), "\(result.standardError)")
    let rows = result.standardOutput.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(rows.count == 6)
    for (row, time) in zip(rows, [0, 0, 0, 1, 1, 86_400_000] as [Int64]) {
      let parts = try Tool.idgen("decode", "--json", String(row[0])).standardOutput
      #expect(parts.contains("\"timestamp_ms\": \(65_621_974_499 + time),"))
      #expect(parts.contains("\"machine_id\": 1023,"))
    }
    // Within a millisecond, in the order of the UUIDs.
    #expect(rows.map { String($0[1]) } == ["a", "b", "c", "d", "e", "f"])
  }

  /// Runs the document's SQL, in its order, on rows that were inserted in another one. The check
  /// must find nothing.
  private static let backfill = """
    import re, sqlite3, sys
    statements = re.findall(r"^ *```sql\\n(.*?)^ *```", open(sys.argv[1]).read(), re.S | re.M)
    assert len(statements) == 3, statements
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE orders (uuid TEXT, created_ms INTEGER)")
    start = 1769689174499
    database.executemany("INSERT INTO orders VALUES (?, ?)", [
        ("f", start + 86400000), ("b", start), ("e", start + 1), ("a", start), ("d", start + 1),
        ("c", start)])
    database.executescript(statements[0])
    assert database.execute(statements[1]).fetchall() == []
    database.executescript(statements[2])
    assert database.execute(statements[1]).fetchall() == []
    for row in database.execute("SELECT id, uuid FROM orders ORDER BY id"):
        print(*row)
    # What the check is for: a row of before the epoch.
    database.execute("INSERT INTO orders (uuid, created_ms) VALUES ('x', 1704067199999)")
    assert database.execute(statements[1]).fetchall() == [(1704067199999, 1)]
    """

  private func decode(_ id: UInt64, _ system: System) throws -> String {
    var arguments = ["decode", "--json", "--id-layout", system.layout]
    if let epoch = system.epoch { arguments += ["--id-epoch", epoch] }
    let result = try Tool.idgen(arguments + ["\(id)"])
    #expect(result.exit == .status(0), "\(result.standardError)")
    return result.standardOutput
  }

  private func text(_ path: String, _ server: RunningServer) throws -> String {
    let client = try RawClient(port: server.port)
    try client.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n")
    return try client.readResponse().body
  }

  private static func document(_ name: String) -> String {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("docs/\(name)").path
  }
}
