import Settings

/// The help of a subcommand, made from its settings.
struct Help {
  private static let width = 80
  /// Where the explanation of a flag begins.
  private static let indent = 8

  let command: Command

  init(_ command: Command) { self.command = command }

  /// The subcommands.
  static var overview: [String] {
    let nameWidth = (Command.all.map(\.name.count).max() ?? 0) + 2
    let commands = Command.all.map { command in
      "  " + command.name + String(repeating: " ", count: nameWidth - command.name.count)
        + command.summary
    }
    return [
      "Makes unique, time-ordered 64-bit IDs, over HTTP or on standard output.", "",
      "Usage: idgen <command> [flags]", "",
    ] + commands
      + [
        "", "Without a command, it serves. `idgen help <command>` lists the flags of a command.",
        "Most flags are environment variables as well: --machine-id as MACHINE_ID,",
        "--head-timeout-ms as HEAD_TIMEOUT_MS, and so on. If both are set, the flag wins.", "",
        "  --help, -h   Show this help, or that of a command.",
        "  --version    Show the version.",
      ]
  }

  var lines: [String] {
    var lines = Self.wrap(command.summary, indent: 0) + ["", usage]
    if !command.details.isEmpty { lines += [""] + Self.wrap(command.details, indent: 0) }
    for group in command.groups {
      lines += ["", "\(group.title):"]
      for setting in group.settings {
        lines += Self.lines(of: setting)
      }
    }
    return lines
  }

  private static func lines(of setting: Setting) -> [String] {
    let flag = "  " + [setting.flag, setting.placeholder].compactMap(\.self).joined(separator: " ")
    let explanation = wrap(setting.help, indent: indent)
    if flag.count + 2 + setting.origin.count <= width {
      return [flag + "  " + setting.origin] + explanation
    }
    return [flag] + explanation + wrap(setting.origin, indent: indent)
  }

  private var usage: String {
    let required = command.groups.filter { $0.title == SettingGroup.required.title }
      .flatMap(\.settings).map { "\($0.flag) <\($0.allowed)>" }
    let operands = command.operands.map { "<\($0)>" }
    return (["Usage: idgen", command.name] + required + ["[flags]"] + operands)
      .joined(separator: " ")
  }

  /// Breaks a text into lines of at most ``width`` characters; a longer word has its own line.
  private static func wrap(_ text: String, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(margin + word)
      }
    }
    return lines
  }
}

extension Setting {
  /// What follows the flag, such as `<0-1023>`; in square brackets if it may be left out.
  fileprivate var placeholder: String? {
    if isSwitch { variable == nil ? nil : "[\(allowed)]" } else { "<\(allowed)>" }
  }

  /// The variable and the default, such as `[HEAD_TIMEOUT_MS; 10000 ms]`.
  fileprivate var origin: String {
    let isNumber = defaultText.allSatisfy(\.isNumber)
    let value = defaultText + (isNumber ? unit.map { " \($0)" } ?? "" : "")
    return "[" + [variable, value].compactMap(\.self).joined(separator: "; ") + "]"
  }
}
