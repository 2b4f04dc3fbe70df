import Foundation
import Testing

/// A command whose output cannot be written has failed, and says why.
@Suite struct StandardOutputTests {
  static let commands = [
    "generate", "generate --count 100000", "decode 4097", "decode --json 4097",
  ]

  /// What the shell does with standard output. The last one has no reader, and never had any.
  static let faults: [(redirection: String, reason: String)] = [
    (">/dev/full", "no space left on device"),
    (">&-", "bad file descriptor"),
    (">&4", "broken pipe"),
  ]

  @Test(arguments: commands, faults)
  func failureOfAWriteIsAnError(
    _ command: String, _ fault: (redirection: String, reason: String)
  ) throws {
    let folder = try StateFolder()
    let pipe = "mkfifo \"$1\"; exec 3<>\"$1\" 4>\"$1\" 3>&-"
    let result = try Tool.run(
      "sh",
      ["-c", "\(pipe); exec \"$0\" \(command) \(fault.redirection)"]
        + [Tool.idgen().path, folder.file(1)],
      environment: ["PATH": "/usr/bin:/bin", "MACHINE_ID": "1"])
    #expect(result.exit == .status(74))
    #expect(result.standardError.hasSuffix("idgen: standard output: \(fault.reason)\n"))
  }

  /// A file at the limit of its size is an error, too, and no signal.
  @Test func fileThatIsTooLargeIsAnError() throws {
    let folder = try StateFolder()
    let result = try Tool.run(
      "sh",
      ["-c", "exec prlimit --fsize=1000 -- \"$0\" generate --count 1000 >\"$1\""]
        + [Tool.idgen().path, folder.file(1)],
      environment: ["PATH": "/usr/bin:/bin", "MACHINE_ID": "1"])
    #expect(result.exit == .status(74))
    #expect(result.standardError.hasSuffix("idgen: standard output: file too large\n"))
  }
}
