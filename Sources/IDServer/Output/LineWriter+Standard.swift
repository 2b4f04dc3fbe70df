import Glibc

extension LineWriter {
  /// The maximum time, in milliseconds, for which the end of the process waits for the last lines.
  package static let exitMilliseconds: Int32 = 1000

  /// The writer of the log. At the end of the process it writes the remaining lines.
  package static let standardError: LineWriter = {
    atexit { LineWriter.standardError.flush(withinMilliseconds: LineWriter.exitMilliseconds) }
    return LineWriter(STDERR_FILENO, limitBytes: 65_536)
  }()
}

/// Ends the process without waiting for libuv's threads, as `exit` would. The C function is
/// `_exit`.
package func exitWithoutThreads(_ status: Int32) -> Never {
  LineWriter.standardError.flush(withinMilliseconds: LineWriter.exitMilliseconds)
  _exit(status)
}
