import Foundation
import TestSupport

/// A program that runs beside the tests; its output goes to files, so it never has to wait for a
/// reader. It is killed at the latest when this object goes.
final class ChildProcess {
  /// How a program ended.
  enum Exit: Equatable {
    case status(Int32)
    case signal(Int32)
  }

  private let process = Process()
  private let folder: TemporaryFolder
  private let hasExited = DispatchGroup()

  var id: Int32 { process.processIdentifier }

  /// - Parameters:
  ///   - environment: all of it; nothing is inherited but where shared libraries are looked for.
  init(_ executable: URL, _ arguments: [String], environment: [String: String]) throws {
    folder = try TemporaryFolder()
    // libfaketime sets a variable as it is loaded, and a Swift program then finds no arguments.
    // Here it is set in `env` already, which becomes the program.
    let needsShim = environment["FAKETIME_TIMESTAMP_FILE"] != nil && !arguments.isEmpty
    process.executableURL = needsShim ? URL(fileURLWithPath: "/usr/bin/env") : executable
    process.arguments = needsShim ? [executable.path] + arguments : arguments
    process.environment = Self.libraryPath.merging(environment) { _, given in given }
    process.standardInput = FileHandle.nullDevice
    let output = try Self.newFile("standard-output", in: folder)
    let error = try Self.newFile("standard-error", in: folder)
    // The child has its own by then. `Process` would keep these for longer than itself.
    defer { for file in [output, error] { try? file.close() } }
    process.standardOutput = output
    process.standardError = error
    process.terminationHandler = { [hasExited] _ in hasExited.leave() }
    hasExited.enter()
    do {
      try Self.withNoSignalBlocked { try process.run() }
    } catch {
      hasExited.leave()
      throw HarnessError("cannot start \(executable.path): \(error)")
    }
  }

  deinit {
    if process.isRunning {
      send(SIGKILL)
      hasExited.wait()
    }
  }

  /// What it has written so far.
  var standardOutput: String { contents("standard-output") }
  var standardError: String { contents("standard-error") }

  /// The C function is `kill`.
  func send(_ signal: Int32) { kill(id, signal) }

  /// Waits for the program to end by itself.
  func waitForExit(seconds: Int = 30) throws -> Exit {
    guard hasExited.wait(timeout: .now() + .seconds(seconds)) == .success else {
      throw HarnessError(
        "process \(id) still runs after \(seconds) s; standard error: \(standardError)")
    }
    return process.terminationReason == .exit
      ? .status(process.terminationStatus) : .signal(process.terminationStatus)
  }

  /// Returns once standard error has `text` in it, or the program has ended.
  ///
  /// - Returns: whether the text is there.
  func waitForStandardError(containing text: String, seconds: Int = 30) throws -> Bool {
    for _ in 0..<seconds * 200 {
      let isRunning = process.isRunning
      if standardError.contains(text) { return true }
      if !isRunning { return false }
      usleep(5000)
    }
    throw HarnessError("no \"\(text)\" after \(seconds) s; standard error: \(standardError)")
  }

  /// So that a program which is tested has the same libuv as the tests: see `scripts/test-libuv`.
  private static let libraryPath = ProcessInfo.processInfo.environment
    .filter { $0.key == "LD_LIBRARY_PATH" }

  /// A child begins with its parent's signal mask, and the threads that tests run on block SIGTERM.
  private static func withNoSignalBlocked(_ body: () throws -> Void) throws {
    var none = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, &previous)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
    try body()
  }

  private func contents(_ name: String) -> String {
    let file = try? FileHandle(forReadingFrom: folder.url.appending(path: name))
    return String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
  }

  private static func newFile(_ name: String, in folder: TemporaryFolder) throws -> FileHandle {
    let file = try folder.add(name)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: file))
  }
}

/// Why a test could not be carried out.
struct HarnessError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
