import API
import Snowflake

/// Shows IDs in a terminal: their parts as numbers, and their 64 bits.
///
/// ```
///   timestamp                                 machine    sequence
/// 0 00000111101000111010011000110110110100011 0000000001 000000000000
/// ```
struct BitPicture {
  /// The parts of an ID, each in a colour of its own.
  enum Part: Int {
    case timestamp = 36
    case machineID = 33
    case sequence = 35
  }

  let isColoured: Bool

  /// - Parameter ids: one ID or more.
  func lines(_ ids: [DecodedID]) -> [String] {
    table(ids) + [""] + bits(ids)
  }

  private func table(_ ids: [DecodedID]) -> [String] {
    let parts: [Part?] = [nil, .timestamp, .timestamp, .machineID, .sequence]
    let rows =
      [["id", "timestamp", "milliseconds", "machine", "sequence"]]
      + ids.map {
        [
          "\($0.id)", "\($0.parts.time)", "\($0.timestampMilliseconds)", "\($0.parts.machineID)",
          "\($0.parts.sequence)",
        ]
      }
    let widths = parts.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let lastColumn = parts.count - 1
      return parts.indices.map { column in
        paint(row[column], parts[column])
          + spaces(column == lastColumn ? 0 : widths[column] - row[column].count + 2)
      }.joined()
    }
  }

  private func bits(_ ids: [DecodedID]) -> [String] {
    let columns: [(part: Part, name: String, width: Int, value: (DecodedID) -> UInt64)] = [
      (.timestamp, "timestamp", 41, { UInt64($0.parts.timestamp) }),
      (.machineID, "machine", 10, { UInt64($0.parts.machineID) }),
      (.sequence, "sequence", 12, { UInt64($0.parts.sequence) }),
    ]
    let head = columns.enumerated().map { index, column in
      let padding = index == columns.count - 1 ? 0 : column.width - column.name.count
      return paint(column.name, column.part) + spaces(padding)
    }
    return ["  " + head.joined(separator: " ")]
      + ids.map { id in
        let cells = columns.map { paint(binary($0.value(id), width: $0.width), $0.part) }
        return "0 " + cells.joined(separator: " ")
      }
  }

  /// Colours a text by `SGR`, ECMA-48 §8.3.117.
  private func paint(_ text: String, _ part: Part?) -> String {
    guard isColoured, let part else { return text }
    return "\u{1B}[\(part.rawValue)m\(text)\u{1B}[0m"
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  private func binary(_ value: UInt64, width: Int) -> String {
    let digits = String(value, radix: 2)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
