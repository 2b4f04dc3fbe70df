import Foundation
import Snowflake
import Testing

/// The figures of docs/LAYOUTS.md and docs/MIGRATION.md are those of the layouts.
struct LayoutDocumentTests {
  private static func text(_ file: String) throws -> String {
    let repository = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try String(
      contentsOf: repository.appendingPathComponent("docs/\(file)"), encoding: .utf8)
  }

  /// The rows of the tables whose first cell is the name of a preset and nothing else.
  private static func rows(of preset: String) throws -> [[String]] {
    try text("LAYOUTS.md").split(separator: "\n")
      .filter { $0.hasPrefix("| `\(preset)` |") }
      .map { line in line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
  }

  @Test func presets() throws {
    for (name, layout) in SnowflakeLayout.presets {
      let fields = [
        "\(layout.timestampBits) time", "\(layout.machineIDBits) machine",
        "\(layout.sequenceBits) sequence",
      ]
      let order = layout.order == .machineIDFirst ? [0, 1, 2] : [0, 2, 1]
      let expected = [
        "`\(name)`", order.map { fields[$0] }.joined(separator: ", "),
        "\(layout.unitMilliseconds) ms", "\(layout.epoch)", String("\(layout.lastTime)".prefix(10)),
        Self.grouped(layout.maximumMachineID + 1), Self.grouped(layout.idsPerSecond),
      ]
      #expect(try Self.rows(of: name).first == expected)
    }
  }

  /// The IDs whose sources the page names, with their parts.
  @Test func vectors() throws {
    for (name, layout) in SnowflakeLayout.presets {
      let row = try #require(try Self.rows(of: name).last)
      let id = try #require(SnowflakeID(row[1]))
      let parts = try #require(layout.parts(of: id))
      #expect(row[2].hasPrefix("\(parts.time), machine \(parts.machineID)"))
      #expect(row[2].hasSuffix(", sequence \(parts.sequence)"))
    }
  }

  @Test func boundsOfADay() throws {
    let day: Range<Int64> = 1_769_644_800_000..<1_769_731_200_000
    let ids = try #require(SnowflakeLayout.default.ids(madeIn: day))
    let text = try Self.text("LAYOUTS.md")
    #expect(text.contains("id BETWEEN \(ids.lowerBound) AND \(ids.upperBound);"))
    #expect(text.contains("id < \(ids.lowerBound);"))
  }

  /// What the pages say of other bits.
  @Test func otherBits() throws {
    let text = try Self.text("LAYOUTS.md")
    let cases = [
      (41, 13, 9, "`41/13/9`: 8192 machines, 512 IDs a millisecond"),
      (41, 8, 4, "`41/8/4` with 256 machines and 16\n  IDs a millisecond"),
    ]
    for (timestamp, machineID, sequence, sentence) in cases {
      let layout = try SnowflakeLayout(
        timestampBits: timestamp, machineIDBits: machineID, sequenceBits: sequence,
        epochUnixMilliseconds: 0)
      #expect(text.contains(sentence))
      #expect(sentence.contains("\(layout.maximumMachineID + 1) machines"))
      #expect(sentence.contains("\(layout.maximumSequence + 1)"))
    }
    for (bits, years) in [(39, 17), (40, 34), (41, 69), (42, 139)] {
      #expect((1 << bits) / 31_557_600_000 == years)
      #expect(
        text.contains(
          bits == 39
            ? "39 bits of milliseconds are 17" : "\(bits)\(bits == 40 ? "\n" : " ")are \(years)"))
    }
  }

  @Test func machineIDsOfOtherSystems() throws {
    let text = try Self.text("MIGRATION.md")
    #expect(text.contains("data center 10 and worker 27 are `MACHINE_ID=\(10 * 32 + 27)`"))
    #expect(text.contains("10.0.1.2 is 1 × 256 + 2 = `MACHINE_ID=\(1 * 256 + 2)`"))
  }

  /// With commas, as the page has them.
  private static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.reduce(into: "") { text, index in
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digits[index])
    }
  }
}
