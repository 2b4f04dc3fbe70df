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

  /// The program that is to be tested instead of the debug build: `IDGEN_PROGRAM`, a path. It must
  /// be a static one, as the images hold; see `scripts/test-static`.
  static let staticProgram = ProcessInfo.processInfo.environment["IDGEN_PROGRAM"]
    .map { URL(fileURLWithPath: $0) }

  /// The program that is tested: the one that `IDGEN_PROGRAM` names, or the debug build, which
  /// stands beside the test bundle, wherever that was built.
  static func idgen() throws -> URL {
    if let staticProgram {
      guard isProgram(staticProgram) else {
        throw HarnessError("IDGEN_PROGRAM is \(staticProgram.path): no program is there")
      }
      return staticProgram
    }
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
