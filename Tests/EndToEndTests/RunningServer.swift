import Foundation

/// The real program, serving on a free port until it is stopped.
final class RunningServer {
  private let child: ChildProcess

  /// The port that its log names.
  let port: UInt16

  /// Starts `idgen` on any free port, and waits until it has a machine ID: it is ready, or a
  /// reservation is pending.
  ///
  /// - Parameter environment: the whole environment, except `PORT` and the default `MACHINE_ID` 1.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    let defaults = ["MACHINE_ID": "1", "PORT": "0"]
    child = try ChildProcess(
      Tool.idgen(), arguments, environment: environment.merging(defaults) { given, _ in given })
    let hasStarted = try child.waitForStandardError(
      containing: environment["LOG_FORMAT"] == "json" ? "\"ready" : " ready")
    let log = child.standardError  // Warnings can come first.
    guard hasStarted, let match = log.firstMatch(of: #/listening on \S+:(\d+)/#),
      let port = UInt16(match.1)
    else { throw HarnessError("the server did not start: \(child.standardError)") }
    self.port = port
  }

  convenience init(_ arguments: String..., environment: [String: String] = [:]) throws {
    try self.init(arguments, environment: environment)
  }

  /// The port for operators, which its log names.
  func adminPort() throws -> UInt16 {
    guard let match = standardError.firstMatch(of: #/for operators: listening on \S+:(\d+)/#),
      let port = UInt16(match.1)
    else { throw HarnessError("no port for operators: \(standardError)") }
    return port
  }

  var processID: Int32 { child.id }

  /// What it has logged so far.
  var standardError: String { child.standardError }

  /// What it has written to standard output: the access log, if there is one.
  var standardOutput: String { child.standardOutput }

  /// Sends a signal; SIGTERM asks it to end.
  func send(_ signal: Int32) { child.send(signal) }

  /// Waits until the log contains `text`. False if the server has ended without it.
  func waitForLog(containing text: String) throws -> Bool {
    try child.waitForStandardError(containing: text)
  }

  /// Waits for it to end by itself.
  func waitForExit(seconds: Int = 30) throws -> ChildProcess.Exit {
    try child.waitForExit(seconds: seconds)
  }

  /// Ends it as an operator would.
  func stop() throws -> ChildProcess.Exit {
    send(SIGTERM)
    return try waitForExit()
  }
}
