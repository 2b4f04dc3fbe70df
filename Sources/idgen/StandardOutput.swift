import Glibc
import IDServer

/// Buffered standard output for commands that print lines. If a write fails, the command ends.
struct StandardOutput: ~Copyable {
  private static let bufferBytes = 65_536
  private var bytes: [UInt8] = []

  init() {
    // The write then fails with EPIPE or EFBIG instead of a signal.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    bytes.reserveCapacity(Self.bufferBytes)
  }

  /// Writes lines and ends the output.
  static func writeLines(_ lines: [String]) throws(Exit) {
    var output = StandardOutput()
    for line in lines { try output.writeLine(line) }
    try output.flush()
  }

  /// Writes a line; ``flush()`` writes the rest of the buffer.
  ///
  /// - Throws: why a full buffer cannot be written.
  mutating func writeLine(_ line: String) throws(Exit) {
    bytes += line.utf8
    bytes.append(UInt8(ascii: "\n"))
    if bytes.count >= Self.bufferBytes { try flush() }
  }

  /// Writes the buffer. The C function is `write`.
  mutating func flush() throws(Exit) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.span.extracting(written..<bytes.count).withUnsafeBytes {
        unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        let reason = systemErrorText(errno)
        throw Exit(.inputOutputError, "standard output: \(reason)")
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
