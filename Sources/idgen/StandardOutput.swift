import ArgumentParser
import Glibc
import IDServer

/// Standard output of a command that writes lines and ends. A write that fails ends the command.
struct StandardOutput: ~Copyable {
  private static let bufferBytes = 65_536
  private var bytes: [UInt8] = []

  init() {
    // The error of the write says it.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    bytes.reserveCapacity(Self.bufferBytes)
  }

  /// Writes a line, at the latest when ``flush()`` is called.
  ///
  /// - Throws: the status to end with, once the reason has been said.
  mutating func writeLine(_ line: String) throws(ExitCode) {
    bytes += line.utf8
    bytes.append(UInt8(ascii: "\n"))
    if bytes.count >= Self.bufferBytes { try flush() }
  }

  /// Writes what has not been written. The C function is `write`.
  mutating func flush() throws(ExitCode) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.span.extracting(written..<bytes.count).withUnsafeBytes {
        unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        let reason = systemErrorText(errno)
        throw .explained(.inputOutputError, "standard output: \(reason)")
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
