import Settings

extension Command {
  /// `idgen completion`: lets a shell complete commands and flags.
  static let completion = Command(
    name: "completion", summary: "Write the completion script of a shell: bash or zsh.",
    details: """
      For bash: idgen completion bash > /etc/bash_completion.d/idgen. For zsh: idgen completion zsh \
      > a file named _idgen in a folder of $fpath.
      """,
    operands: "shell"
  ) { arguments throws(Exit) in
    guard let shell = arguments.operands.first, arguments.operands.count == 1,
      let script = ["bash": CompletionScript.bash, "zsh": CompletionScript.zsh][shell]
    else { throw Exit(.usage, "completion requires one of bash, zsh") }
    try StandardOutput.writeLines([script])
  }
}

/// Completion scripts, made from the subcommands and their settings.
enum CompletionScript {
  private static let names = Command.all.map(\.name).joined(separator: " ")

  /// Of `complete -F`: bash(1), "Programmable Completion".
  static var bash: String {
    """
    _idgen() {
      local words='\(names) \(flags(of: .serve))'
      if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
    \(Command.all.map { "      \($0.name)) words='\(flags(of: $0))' ;;" }.joined(separator: "\n"))
        esac
      fi
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
    }
    complete -o default -F _idgen idgen
    """
  }

  /// Of `_arguments`: zshcompsys(1).
  static var zsh: String {
    """
    #compdef idgen
    if ((CURRENT == 2)); then
      compadd -- \(names)
    fi
    case $words[2] in
    \(Command.all.map { "\($0.name)) compadd -- \(flags(of: $0)) ;;" }.joined(separator: "\n"))
    *) compadd -- \(flags(of: .serve)) ;;
    esac
    """
  }

  private static func flags(of command: Command) -> String {
    (command.settings.map(\.flag) + ["--help"]).joined(separator: " ")
  }
}
