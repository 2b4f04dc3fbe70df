import Foundation

/// A library of C functions that stand between a program and the system's.
final class PreloadedLibrary {
  let environment: [String: String]
  private let folder: StateFolder

  init(_ source: String) throws {
    try Preloading.check()
    folder = try StateFolder()
    let library = "\(folder.path)/preloaded.so"
    let file = "\(folder.path)/preloaded.c"
    try Data(source.utf8).write(to: URL(fileURLWithPath: file))
    let result = try Tool.run(
      "clang", ["-shared", "-fPIC", "-O1", "-o", library, file],
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
    guard result.exit == .status(0) else { throw HarnessError(result.standardError) }
    environment = ["LD_PRELOAD": library]
  }
}
