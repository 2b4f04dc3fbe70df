import API
import Settings

extension Command {
  /// `idgen completion`: lets a shell complete commands and flags.
  static let completion = Command(
    name: "completion", summary: "Write the completion script of a shell: bash or zsh.",
    details: """
      For bash: source <(idgen completion bash). For zsh: idgen completion zsh > a file named _idgen \
      in a folder of $fpath.
      """,
    operands: ["shell"]
  ) { arguments throws(Exit) in
    let shell = arguments.operands[0]
    guard let script = ["bash": CompletionScript.bash, "zsh": CompletionScript.zsh][shell] else {
      throw Exit(.usage, "shell is \(shell.quoted): one of bash, zsh is required")
    }
    try StandardOutput.writeLines([script])
  }
}

/// Completion scripts, made from the subcommands and their settings.
enum CompletionScript {
  /// The script for bash: a function for `complete -F` (bash(1), "Programmable Completion").
  static var bash: String {
    """
    _idgen() {
      local candidates command=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]}
      local previous=${COMP_WORDS[COMP_CWORD - 1]}
      ((COMP_CWORD > 1)) || command=
    \(choice)
      mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
    }
    complete -o default -F _idgen idgen
    """
  }

  /// The script for zsh, where `words` has the command line: zshcompsys(1).
  static var zsh: String {
    """
    #compdef idgen
    _idgen() {
      local command=$words[2] word=$words[CURRENT] previous=$words[CURRENT-1]
      ((CURRENT > 2)) || command=
      local candidates
    \(choice)
      if [[ -n $candidates ]]; then compadd -- ${=candidates}; else _files; fi
    }
    _idgen "$@"
    """
  }

  /// Sets `candidates` to the words that can follow, in the syntax of both shells. It is empty if a
  /// file or another value can.
  private static var choice: String {
    let names = Command.all.map(\.name).joined(separator: " ")
    let values = Dictionary(
      Command.all.flatMap(\.settings).filter { !$0.isSwitch }.map { ($0.flag, $0.words) },
      uniquingKeysWith: { first, _ in first }
    ).sorted { $0.key < $1.key }.map { "    \($0.key)) candidates='\($0.value)' ;;" }
    let commands = Command.all.map { command in
      let flags = command.settings.map(\.flag) + ["--help"]
      let words = command.operands == ["shell"] ? ["bash", "zsh"] : flags
      return "        \(command.name)) candidates='\(words.joined(separator: " "))' ;;"
    }
    let serveFlags = Command.serve.settings.map(\.flag).joined(separator: " ")
    return """
        case $previous in
      \(values.joined(separator: "\n"))
          *) case $command in
      \(commands.joined(separator: "\n"))
              help) candidates='\(names)' ;;
              *) candidates='\(names) help --help --version'
                [[ $word != -* ]] || candidates='\(serveFlags) --help --version' ;;
            esac ;;
        esac
      """
  }
}

extension Setting {
  /// The words of which one is allowed, with spaces between them; empty if other values are.
  fileprivate var words: String {
    // A text as the separator would link the regular expression library, a tenth of the executable.
    let words = allowed.split { $0 == "," || $0 == " " }
    return allowed.contains(",") && words.allSatisfy { $0.allSatisfy(\.isLowercase) }
      ? words.joined(separator: " ") : ""
  }
}
