import ArgumentParser
import IDServer
import Snowflake

/// `idgen decode`: what an ID says.
struct Decode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the time, machine and sequence in each ID.")

  @Flag(help: "One JSON object a line, as GET /decode/{id} answers.")
  var json = false

  @Argument(help: ArgumentHelp("Decimal IDs, 0 to 2^63 - 1.", valueName: "id"))
  var ids: [String]

  func run() throws {
    let decoded = try ids.map { text in
      guard let id = SnowflakeID(text) else {
        throw ExitCode.explained(
          .usage, "ID \"\(text)\" is not a decimal number from 0 to \(SnowflakeID.maximumRawValue)")
      }
      return id
    }
    if json {
      for id in decoded { print(id.json) }
      return
    }
    let rows = [["id", "timestamp", "milliseconds", "machine", "sequence"]] + decoded.map(\.row)
    for line in Self.table(rows) { print(line) }
  }

  /// Pads all columns but the last to the width of their widest cell.
  private static func table(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }.joined(separator: "  ").trimmingTrailingSpaces
    }
  }
}

extension SnowflakeID {
  fileprivate var row: [String] {
    ["\(self)", "\(time)", "\(timestamp)", "\(machineID)", "\(sequence)"]
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
