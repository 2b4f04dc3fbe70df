import ArgumentParser
import Glibc
import IDServer
import Snowflake

/// `idgen decode`: the parts of an ID.
struct Decode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the time, machine and sequence in each ID, and its bits.",
    discussion: "The output is coloured if it goes to a terminal, unless NO_COLOR is set.")

  @Flag(help: "Prints one JSON object per line, as GET /decode/{id} returns it.")
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
    let lines =
      json ? decoded.map(\.json) : BitPicture(isColoured: hasColours).lines(decoded)
    var output = StandardOutput()
    for line in lines { try output.writeLine(line) }
    try output.flush()
  }

  /// Whether standard output is a terminal that supports colours, and NO_COLOR is not set.
  ///
  /// Source: no-color.org.
  private var hasColours: Bool {
    isatty(STDOUT_FILENO) == 1 && (environment("NO_COLOR") ?? "").isEmpty
      && environment("TERM") != "dumb"
  }
}
