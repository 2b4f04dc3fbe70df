import API
import IDServer
import Settings
import Snowflake

extension Command {
  /// `idgen bounds`: the IDs of an interval of time.
  static let bounds = Command(
    name: "bounds",
    summary: "Show the least and the greatest ID that any machine can make in an interval.",
    details: """
      The interval begins with the first time and ends before the second. A time is RFC 3339, such \
      as 2026-01-29T12:19:34.499Z, or 2026-01-29 for its midnight UTC, or milliseconds since 1970. \
      For a database: WHERE id BETWEEN first AND last. --json writes what GET /bounds returns.
      """,
    groups: [.output, .bits], operands: ["from", "to"]
  ) { arguments throws(Exit) in
    let (layout, isJSON) = try arguments.configuration {
      values throws(ConfigurationError) in (try values.idLayout(), values.isJSON)
    }
    let bounds: IDBounds
    do throws(Problem) {
      bounds = try IDBounds(
        from: arguments.operands[0], to: arguments.operands[1], layout: layout)
    } catch {
      throw Exit(.usage, String(error.detail.dropLast()))  // Without its full stop.
    }
    try StandardOutput.writeLines(
      isJSON ? [bounds.json] : ["first \(bounds.first)", "last \(bounds.last)"])
  }
}
