import Foundation

/// A command that runs to its end, and what came of it.
struct Tool {
  let exit: ChildProcess.Exit
  let standardOutput: String
  let standardError: String

  /// Runs a program that is on the search path. One that is not installed is an error.
  ///
  /// - Parameters:
  ///   - environment: all of it; nothing is inherited.
  ///   - seconds: the limit; past it the program is killed and an error thrown.
  static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], seconds: Int = 60
  ) throws -> Tool {
    try Tool(find(name), arguments, environment: environment, seconds: seconds)
  }

  /// Runs `idgen`, the program that is tested.
  static func idgen(
    _ arguments: [String], environment: [String: String] = [:], seconds: Int = 60
  ) throws -> Tool {
    try Tool(idgen(), arguments, environment: environment, seconds: seconds)
  }

  static func idgen(_ arguments: String..., environment: [String: String] = [:]) throws -> Tool {
    try idgen(arguments, environment: environment)
  }

  private init(
    _ executable: URL, _ arguments: [String], environment: [String: String], seconds: Int
  ) throws {
    let child = try ChildProcess(executable, arguments, environment: environment)
    exit = try child.waitForExit(seconds: seconds)
    standardOutput = child.standardOutput
    standardError = child.standardError
  }
}

// MARK: - Where programs are

extension Tool {
  /// A program on the search path, or the one at a path.
  static func find(_ name: String) throws -> URL {
    if name.contains("/") { return URL(fileURLWithPath: name) }
    // Debian's daemons are not in every user's path.
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin"
    for folder in path.split(separator: ":") {
      let file = URL(fileURLWithPath: String(folder)).appendingPathComponent(name)
      if isProgram(file) { return file }
    }
    throw HarnessError("\(name) is not installed; scripts/test installs what the tests need")
  }

  /// The built program: it stands beside the test bundle, wherever that was built.
  static func idgen() throws -> URL {
    // The bundle is what runs.
    for argument in CommandLine.arguments where argument.contains("/") {
      var folder = URL(fileURLWithPath: argument)
      while folder.pathComponents.count > 1 {
        folder.deleteLastPathComponent()
        let file = folder.appendingPathComponent("idgen")
        if isProgram(file) { return file }
      }
    }
    throw HarnessError("no idgen beside \(CommandLine.arguments[0]): run swift build first")
  }

  private static func isProgram(_ file: URL) -> Bool {
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
      && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: file.path)
  }
}
