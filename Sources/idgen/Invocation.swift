import API
import IDServer
import Settings

/// What a command line asks for.
enum Invocation {
  /// The help of a subcommand, or the overview.
  case help(Command?)
  case version
  case run(Command, Command.Arguments)

  /// Reads a command line without the program's name.
  ///
  /// Without a subcommand, it is `serve`. Flags and operands may come in any order; `--` ends the
  /// flags. If a flag is given twice, the last one counts.
  init(_ words: some Collection<String>) throws(Exit) {
    var words = Array(words)[...]
    var command = Command.serve
    switch words.first {
    case "--help", "-h":
      self = .help(nil)
      return
    case "help":
      self = .help(try words.dropFirst().first.map(Self.command))
      return
    case let name? where !name.hasPrefix("-"):
      command = try Self.command(name)
      words.removeFirst()
    default: break
    }
    var arguments = Command.Arguments(settings: command.settings)
    while let word = words.popFirst() {
      switch word {
      case "--help", "-h":
        self = .help(command)
        return
      case "--version":
        self = .version
        return
      case "--":
        arguments.operands += words
        words = []
      case _ where word.hasPrefix("-"):
        let (flag, value) = try Self.flag(word, &words, of: command)
        arguments.flags[flag] = value
      default: arguments.operands.append(word)
      }
    }
    try Self.check(arguments.operands, of: command)
    self = .run(command, arguments)
  }

  private static func command(_ name: String) throws(Exit) -> Command {
    guard let command = Command.all.first(where: { $0.name == name }) else {
      let names = Command.all.map(\.name).joined(separator: ", ")
      throw Exit(.usage, "there is no command \(name.quoted): one of \(names) is required")
    }
    return command
  }

  /// Takes a flag's value: `--flag=value`, `--flag value`, or 1 for a switch alone.
  private static func flag(
    _ word: String, _ rest: inout ArraySlice<String>, of command: Command
  ) throws(Exit) -> (flag: String, value: String) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let flag = String(parts[0])
    guard let setting = command.settings.first(where: { $0.flag == flag }) else {
      throw Exit(
        .usage, "\(command.name) has no flag \(flag.quoted): `idgen help \(command.name)` lists all"
      )
    }
    if parts.count == 2 { return (flag, String(parts[1])) }
    if setting.isSwitch {
      // The next word is the value only if the command takes no operands: `serve --access-log 0`.
      guard command.operands.isEmpty, let next = rest.first, !next.hasPrefix("-") else {
        return (flag, "1")
      }
    }
    guard let value = rest.popFirst() else {
      throw Exit(.usage, "\(flag) has no value: \(setting.allowed) is allowed")
    }
    return (flag, value)
  }

  private static func check(_ operands: [String], of command: Command) throws(Exit) {
    let names = command.operands
    let list = names.map { "<\($0)>" }.joined(separator: " ")
    guard operands.count >= names.count else {
      let number = names.count == 1 ? "an operand" : "\(names.count) operands"
      throw Exit(.usage, "\(command.name) requires \(number): \(list)")
    }
    guard operands.count == names.count || names.last?.hasSuffix("...") ?? false else {
      let allowed = names.isEmpty ? "takes no operands" : "takes only \(list)"
      let surplus = operands[names.count].quoted
      throw Exit(.usage, "\(command.name) \(allowed): \(surplus) is not allowed")
    }
  }
}
