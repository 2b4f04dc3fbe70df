import Foundation
import TestSupport
import Testing

/// `idgen bounds`, and what it is for: the rows of a time by their IDs.
@Suite struct BoundsTests {
  static let cases: [(arguments: [String], first: UInt64, last: UInt64)] = [
    (["2026-01-29", "2026-01-30"], 275_052_389_990_400_000, 275_414_777_855_999_999),
    (
      ["2026-01-29T12:19:34.499Z", "1769689174500"], 275_238_510_129_053_696,
      275_238_510_133_247_999
    ),
    // Rounded down and up, and cut to the layout's time.
    (
      ["2026-01-29T12:19:34.4999Z", "2026-01-29T12:19:34.4999Z"], 275_238_510_129_053_696,
      275_238_510_133_247_999
    ),
    (["0", "9999-12-31"], 0, UInt64(Int64.max)),
    (["--id-layout", "javascript", "0", "1704067200001"], 0, 4095),
    (["--id-layout", "sonyflake", "1409529600009", "1409529600011"], 0, 2 << 24 - 1),
    (["--id-epoch", "2026-01-29", "2026-01-29", "1769644800001"], 0, 4_194_303),
  ]

  @Test(arguments: cases)
  func boundsAreThoseOfTheLayout(_ test: (arguments: [String], first: UInt64, last: UInt64)) throws
  {
    let text = try Tool.idgen(["bounds"] + test.arguments)
    #expect(text.exit == .status(0))
    #expect(text.standardOutput == "first \(test.first)\nlast \(test.last)\n")
    let json = try Tool.idgen(["bounds", "--json"] + test.arguments)
    #expect(json.standardOutput == "{\"first\": \(test.first), \"last\": \(test.last)}\n")
  }

  static let allowed =
    "a time is required, such as 2026-01-29T12:19:34.499Z, 2026-01-29 or 1769689174499, "
    + "milliseconds since 1970"
  static let refusals: [(arguments: [String], line: String)] = [
    (["noon", "1"], "from is \"noon\": \(allowed)"),
    (["0", ""], "to is \"\": \(allowed)"),
    (["0", "2026-02-30"], "to is \"2026-02-30\": \(allowed)"),
    (
      ["2026-01-30", "2026-01-29"],
      "from is \"2026-01-30\" and to is \"2026-01-29\": from must be before to, by a millisecond at "
        + "least"
    ),
    (
      ["0", "1", "--id-layout", "sonyflake"],
      "from is \"0\" and to is \"1\": a time from 2014-09-01T00:00:00.000Z to "
        + "2188-11-16T03:28:58.879Z is required in between, because IDs are made only then"
    ),
  ]

  @Test(arguments: refusals)
  func refusalSaysWhatIsAllowed(_ test: (arguments: [String], line: String)) throws {
    let result = try Tool.idgen(["bounds"] + test.arguments)
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(result.standardError == "idgen: \(test.line)\n")
  }

  /// The greatest machine, and as many IDs as a timestamp has, but for the default.
  private static let layouts = [
    ("default", 1023, 100), ("javascript", 63, 64), ("sonyflake2", 65_535, 256),
  ]

  /// The orders have IDs from around a day: the example finds exactly those of the day, and deletes
  /// exactly the older ones.
  @Test(.setsClock, arguments: layouts)
  func rowsOfADayAreFoundByTheirIDs(_ layout: String, _ machineID: Int, _ count: Int) throws {
    let times = [
      "2026-01-28 23:59:59", "2026-01-29 00:00:00", "2026-01-29 23:59:59", "2026-01-30 00:00:00",
    ]
    let ids = try times.map { time in
      let clock = try FakeClock(time)
      return try [0, machineID].flatMap { machineID in
        let server = try RunningServer(
          environment: clock.environment.merging([
            "ID_LAYOUT": layout, "MACHINE_ID": "\(machineID)",
          ]) { $1 })
        let response = try server.response(to: Request.get("/ids?count=\(count)"))
        return response.body.matches(of: #/\d+(?=[,\]])/#).compactMap { UInt64($0.output) }
      }
    }
    #expect(Set(ids.joined()).count == 8 * count)
    let folder = try TemporaryFolder()
    let database = folder.url.appending(path: "orders.db").path
    try Self.makeTable(database, ids.flatMap { $0 })

    let result = try Tool.run(
      "python3", [Self.example, database, "2026-01-29", "2026-01-30"],
      environment: ["PATH": Self.path(with: try Tool.idgen()), "ID_LAYOUT": layout])
    #expect(result.exit == .status(0), "\(result.standardError)")
    #expect(result.standardOutput == Self.lines((ids[1] + ids[2]).sorted()))
    let rest = try Tool.run("python3", ["-c", Self.allRows, database])
    #expect(rest.standardOutput == Self.lines((ids[1] + ids[2] + ids[3]).sorted()))
  }

  @Test func exampleSaysWhatIsWrong() throws {
    let result = try Tool.run(
      "python3", [Self.example, "/dev/null", "noon", "1"],
      environment: ["PATH": Self.path(with: try Tool.idgen())])
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(result.standardError == "idgen: from is \"noon\": \(Self.allowed)\n")
  }

  private static func lines(_ ids: [UInt64]) -> String { ids.map { "\($0)\n" }.joined() }

  private static func makeTable(_ database: String, _ ids: [UInt64]) throws {
    let result = try Tool.run(
      "python3", ["-c", newTable, database] + ids.map(String.init))
    #expect(result.exit == .status(0), "\(result.standardError)")
  }

  private static let newTable = """
    import sqlite3, sys
    with sqlite3.connect(sys.argv[1]) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
        database.executemany("INSERT INTO orders VALUES (?)", [[int(id)] for id in sys.argv[2:]])
    """
  private static let allRows = """
    import sqlite3, sys
    for row in sqlite3.connect(sys.argv[1]).execute("SELECT id FROM orders ORDER BY id"):
        print(*row)
    """

  private static func path(with program: URL) -> String {
    program.deletingLastPathComponent().path + ":"
      + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
  }

  private static let example = ExampleTests.folder.appendingPathComponent("bounds.py").path
}
