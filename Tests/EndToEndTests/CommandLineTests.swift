import Foundation
import Testing

/// The command line: help, version, completion, and what is wrong with it.
@Suite struct CommandLineTests {
  private static let commands = [
    "serve", "generate", "decode", "bounds", "machines", "health", "completion",
  ]

  @Test(arguments: [["--version"], ["serve", "--version"], ["--port", "1", "--version"]])
  func versionIsSemantic(_ arguments: [String]) throws {
    let result = try Tool.idgen(arguments)
    #expect(result.exit == .status(0))
    #expect(result.standardOutput.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
  }

  // MARK: - Help

  @Test(arguments: [["--help"], ["-h"], ["help"]])
  func overviewListsTheCommands(_ arguments: [String]) throws {
    let result = try Tool.idgen(arguments)
    #expect(result.exit == .status(0))
    #expect(result.standardOutput.contains("--machine-id as MACHINE_ID"))
    for command in Self.commands { #expect(result.standardOutput.contains("\n  \(command) ")) }
  }

  @Test(arguments: commands) func helpOfACommand(_ command: String) throws {
    let result = try Tool.idgen(command, "--help")
    #expect(result.exit == .status(0))
    #expect(result.standardOutput.contains("\nUsage: idgen \(command)"))
    #expect(try Tool.idgen("help", command).standardOutput == result.standardOutput)
    #expect(result.standardOutput.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  /// It begins with what is required, and each flag has its range, variable, default and unit.
  @Test func helpOfServe() throws {
    let help = try Tool.idgen("--port", "1", "--help").standardOutput
    let flags = help.matches(of: #/\n  (--[a-z-]+)/#).map { String($0.1) }
    #expect(flags.first == "--machine-id")
    for line in [
      "  --machine-id <0-1023, auto>  [MACHINE_ID; required]\n",
      "  --port <0-65535>  [PORT; 8080]\n", "  --reuse-port [0, 1]  [REUSE_PORT; 0]\n",
      "  --log-format <text, json>  [LOG_FORMAT; text]\n",
      "  --head-timeout-ms <1-86400000>  [HEAD_TIMEOUT_MS; 10000 ms]\n",
      "  --max-body-bytes <0-1073741824>  [MAX_BODY_BYTES; 65536 bytes]\n",
    ] {
      #expect(help.contains(line), "\(line)")
    }
  }

  /// Every command that uses a store takes the same flags for it.
  @Test(arguments: ["serve", "generate", "machines"])
  func helpNamesTheStores(command: String) throws {
    let words = try Tool.idgen(command, "--help").standardOutput.split(
      whereSeparator: \.isWhitespace)
    for flag in [
      "--state-dir", "--etcd-endpoints", "--etcd-prefix", "--etcd-username", "--etcd-password-file",
    ] {
      #expect(words.contains { $0 == flag }, "\(flag)")
    }
  }

  // MARK: - What is wrong

  static let wrong: [(arguments: [String], line: String)] = [
    (
      ["serv"],
      "there is no command \"serv\": one of serve, generate, decode, bounds, machines, health, "
        + "completion is required"
    ),
    (
      ["help", "x"],
      "there is no command \"x\": one of serve, generate, decode, bounds, machines, health, "
        + "completion is required"
    ),
    (["--prot", "1"], "serve has no flag \"--prot\": `idgen help serve` lists all"),
    (["-p"], "serve has no flag \"-p\": `idgen help serve` lists all"),
    (
      ["generate", "--reuse-port"],
      "generate has no flag \"--reuse-port\": `idgen help generate` lists all"
    ),
    (["--port"], "--port has no value: 0-65535 is allowed"),
    (["serve", "x\u{1B}"], "serve takes no operands: \"x\\u001b\" is not allowed"),
    (["serve", "--", "--port"], "serve takes no operands: \"--port\" is not allowed"),
    (["decode", "--json"], "decode requires an operand: <id...>"),
    (["completion"], "completion requires an operand: <shell>"),
    (["completion", "bash", "zsh"], "completion takes only <shell>: \"zsh\" is not allowed"),
    (["bounds"], "bounds requires 2 operands: <from> <to>"),
    (["bounds", "--json", "0"], "bounds requires 2 operands: <from> <to>"),
    (["bounds", "0", "1", "2"], "bounds takes only <from> <to>: \"2\" is not allowed"),
    (["completion", "fish"], "shell is \"fish\": one of bash, zsh is required"),
    (
      ["--machine-id", "-1"],
      "--machine-id is \"-1\": a whole number from 0 to 1023 is required, or auto"
    ),
    (
      ["--machine-id="], "--machine-id is empty: a whole number from 0 to 1023 is required, or auto"
    ),
    (["--access-log", "2"], "--access-log is \"2\": 0 or 1 is required"),
    (["--reuse-port=yes"], "--reuse-port is \"yes\": 0 or 1 is required"),
  ]

  @Test(arguments: wrong) func isExplained(_ test: (arguments: [String], line: String)) throws {
    let result = try Tool.idgen(test.arguments, environment: ["MACHINE_ID": "1"])
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(result.standardError == "idgen: \(test.line)\n")
  }

  /// Of two values the last one counts, and a switch means 1 alone, before another flag and with a
  /// value.
  @Test(arguments: [
    ["--access-log"], ["--access-log", "1"], ["--access-log=1"], ["--access-log", "--port", "0"],
    ["--access-log", "0", "--access-log"],
  ])
  func aSwitchIsOn(_ arguments: [String]) throws {
    let server = try RunningServer(
      ["serve", "--port", "x", "--port", "0"] + arguments,
      environment: ["ACCESS_LOG": "0"])
    let client = try RawClient(port: server.port)
    try client.send(Request.id)
    _ = try client.readResponse()
    #expect(try server.stop() == .status(0))
    #expect(server.standardOutput.contains("GET /id HTTP/1.1"))
  }

  // MARK: - Completion

  @Test(arguments: [
    (["idgen", "ma"], "machines"), (["idgen", "--max-f"], "--max-fields"),
    (["idgen", "machines", "--j"], "--json"), (["idgen", "bounds", "--id-e"], "--id-epoch"),
    (["idgen", "serve", "--head"], "--head-timeout-ms"),
    (["idgen", "health", "--p"], "--port"), (["idgen", "completion", "z"], "zsh"),
    (["idgen", "help", "gen"], "generate"), (["idgen", "he"], "health help"),
    (["idgen", "serve", "--log-level", "t"], "trace"), (["idgen", "--log-format", "j"], "json"),
    (["idgen", "serve", "--state-dir", "--"], ""), (["idgen", "--vers"], "--version"),
    (["idgen", "serve", "--host", "n"], ""),
  ])
  func bashCompletes(_ words: [String], _ completion: String) throws {
    let script = """
      source <('\(try Tool.idgen().path)' completion bash)
      COMP_WORDS=(\(words.joined(separator: " "))) COMP_CWORD=\(words.count - 1)
      _idgen
      echo "${COMPREPLY[@]}"
      """
    let result = try Tool.run("bash", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
    #expect(result.standardOutput == completion + "\n")
    #expect(result.standardError == "")
  }

  @Test func zshScriptIsOne() throws {
    let result = try Tool.idgen("completion", "zsh")
    #expect(result.standardOutput.hasPrefix("#compdef idgen\n"))
    let check = try Tool.run(
      "bash", ["-c", "zsh -n <('\(try Tool.idgen().path)' completion zsh)"],
      environment: ["PATH": "/usr/bin:/bin"])
    #expect(check.exit == .status(0))
    #expect(check.standardError == "")
  }
}
