import Testing

/// `idgen decode` goes by the layout: the bits' widths, their order, the unit and the epoch.
@Suite struct DecodeLayoutTests {
  struct Case: Sendable {
    let layout: [String]
    let ids: [String]
    let output: String
  }

  static let cases = [
    Case(
      layout: ["--id-layout", "javascript"], ids: ["268787607547968", "9007199254740991"],
      output: """
        id                timestamp                 milliseconds   machine  sequence
        268787607547968   2026-01-29T12:19:34.499Z  65621974499    1        0
        9007199254740991  2093-09-06T15:47:35.551Z  2199023255551  63       63

                    timestamp                                 machine sequence
        00000000000 00000111101000111010111111101110111100011 000001  000000
        00000000000 11111111111111111111111111111111111111111 111111  111111

        """),
    Case(
      layout: ["--id-layout=sonyflake"], ids: ["604247497568878850"],
      output: """
        id                  timestamp                 milliseconds  machine  sequence
        604247497568878850  2026-01-29T12:19:34.490Z  360159574490  258      3

          timestamp                               sequence machine
        0 000100001100010101101111110010111001001 00000011 0000000100000010

        """),
    Case(
      layout: ["--id-layout", "40/1/1"], ids: ["262487897999"],
      output: """
        id            timestamp                 milliseconds  machine  sequence
        262487897999  2026-01-29T12:19:34.499Z  65621974499   1        1

                               timestamp                                machine sequence
        0000000000000000000000 0000111101000111010111111101110111100011 1       1

        """),
    Case(
      layout: ["--id-layout", "1/1/1"], ids: ["4", "3"],
      output: """
        id  timestamp                 milliseconds  machine  sequence
        4   2024-01-01T00:00:00.001Z  1             0        0
        3   2024-01-01T00:00:00.000Z  0             1        1

                                                                      timestamp machine sequence
        0000000000000000000000000000000000000000000000000000000000000 1         0       0
        0000000000000000000000000000000000000000000000000000000000000 0         1       1

        """),
    Case(
      layout: ["--id-epoch", "2020-01-01", "--json"], ids: ["804687181770657792"],
      output: """
        {"id": 804687181770657792, "timestamp_ms": 191852374499, \
        "timestamp": "2026-01-29T12:19:34.499Z", "machine_id": 1, "sequence": 0}

        """),
    Case(
      layout: ["--id-layout", "tsid", "--json"], ids: ["804687181770657792"],
      output: """
        {"id": 804687181770657792, "timestamp_ms": 191852374499, \
        "timestamp": "2026-01-29T12:19:34.499Z", "machine_id": 1, "sequence": 0}

        """),
  ]

  @Test(arguments: cases) func partsAreThoseOfTheLayout(_ test: Case) throws {
    let result = try Tool.idgen(["decode"] + test.layout + test.ids)
    #expect(result.exit == .status(0))
    #expect(result.standardOutput == test.output)
  }

  /// In the environment of the server, too.
  @Test func layoutIsThatOfTheEnvironment() throws {
    let environment = ["ID_LAYOUT": "javascript", "ID_EPOCH": "1704067200001"]
    let result = try Tool.idgen(
      "decode", "--json", "268787607547968", environment: environment)
    #expect(result.standardOutput.contains(#""timestamp": "2026-01-29T12:19:34.500Z""#))
  }

  @Test(arguments: [
    ("javascript", "9007199254740991"), ("sonyflake", "9223372036854775807"), ("1/1/1", "7"),
  ])
  func anIDAboveTheLayoutIsRefused(_ layout: String, _ maximum: String) throws {
    #expect(try Tool.idgen("decode", "--id-layout", layout, maximum).exit == .status(0))
    let above = "\((UInt64(maximum) ?? 0) + 1)"
    let result = try Tool.idgen("decode", "--id-layout", layout, maximum, above)
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(
      result.standardError
        == "idgen: ID \"\(above)\" is not a decimal number from 0 to \(maximum)\n")
  }

  @Test func aBadLayoutIsExplained() throws {
    let result = try Tool.idgen("decode", "1", environment: ["ID_LAYOUT": "41/10"])
    #expect(result.exit == .status(64))
    #expect(result.standardError.hasPrefix("idgen: ID_LAYOUT is \"41/10\": the bits of "))
    #expect(result.standardError.split(separator: "\n").count == 1)
  }
}
