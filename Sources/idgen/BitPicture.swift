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

  /// The layout of the IDs.
  let layout: SnowflakeLayout
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
    let unused = String(repeating: "0", count: layout.unusedBits) + " "
    let head = line(fields.map(\.name))
    return [spaces(unused.count) + head]
      + ids.map { id in unused + line(fields.map { binary(id, $0) }) }
  }

  /// A field of the bits.
  private struct Field {
    let part: Part
    let name: String
    let bitCount: Int
    let shift: UInt64
  }

  /// The fields from the highest.
  private var fields: [Field] {
    [
      Field(
        part: .timestamp, name: "timestamp", bitCount: layout.timestampBits,
        shift: layout.timestampShift),
      Field(
        part: .machineID, name: "machine", bitCount: layout.machineIDBits,
        shift: layout.machineIDShift),
      Field(
        part: .sequence, name: "sequence", bitCount: layout.sequenceBits,
        shift: layout.sequenceShift),
    ].sorted { $0.shift > $1.shift }
  }

  /// A text for each field, in columns as wide as the field or its name.
  private func line(_ texts: [String]) -> String {
    let fields = fields
    return fields.indices.map { column in
      let field = fields[column]
      let width = column == fields.count - 1 ? 0 : max(field.bitCount, field.name.count)
      return paint(texts[column], field.part) + spaces(max(0, width - texts[column].count))
    }.joined(separator: " ")
  }

  /// Colours a text by `SGR`, ECMA-48 §8.3.117.
  private func paint(_ text: String, _ part: Part?) -> String {
    guard isColoured, let part else { return text }
    return "\u{1B}[\(part.rawValue)m\(text)\u{1B}[0m"
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  private func binary(_ id: DecodedID, _ field: Field) -> String {
    let digits = String(id.id.rawValue >> field.shift & (1 << UInt64(field.bitCount) - 1), radix: 2)
    return String(repeating: "0", count: field.bitCount - digits.count) + digits
  }
}
