import API
import Glibc
import IDServer
import Settings
import Snowflake

extension Command {
  /// `idgen decode`: the parts of an ID.
  static let decode = Command(
    name: "decode", summary: "Show the time, machine and sequence in each ID, and its bits.",
    details: """
      An ID is a decimal number, 0 to 2^63 - 1 in the default layout. The output is coloured if it \
      goes to a terminal, unless NO_COLOR is set. --json writes what GET /decode/{id} returns.
      """,
    groups: [.output, .bits], operands: ["id..."]
  ) { arguments throws(Exit) in
    let (layout, isJSON) = try arguments.configuration {
      values throws(ConfigurationError) in (try values.idLayout(), values.isJSON)
    }
    var ids: [DecodedID] = []
    for text in arguments.operands {
      guard let id = SnowflakeID(text).flatMap({ DecodedID($0, by: layout) }) else {
        throw Exit(
          .usage,
          "ID \(text.quoted) is not a decimal number from 0 to \(layout.maximumID)")
      }
      ids.append(id)
    }
    let picture = BitPicture(layout: layout, isColoured: hasColours)
    let lines = isJSON ? ids.map(\.json) : picture.lines(ids)
    try StandardOutput.writeLines(lines)
  }

  /// Whether standard output is a terminal that supports colours, and NO_COLOR is not set.
  ///
  /// Source: no-color.org.
  private static var hasColours: Bool {
    isatty(STDOUT_FILENO) == 1 && (environment("NO_COLOR") ?? "").isEmpty
      && environment("TERM") != "dumb"
  }
}
