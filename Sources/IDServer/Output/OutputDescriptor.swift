import Glibc

/// An output descriptor that another process may read, such as standard output, and the strategy
/// for writing to it without waiting for that process.
///
/// Other processes may share the open file description, such as the shell, so it must not be made
/// non-blocking: that would affect all of them.
struct OutputDescriptor: ~Copyable, Sendable {
  enum Outcome: Equatable {
    /// This many bytes have been written, 1 or more.
    case written(Int)
    /// It takes no bytes at present: see ``waitUntilWritable(or:)``.
    case full
    /// The write has failed with this `errno`.
    case failed(Int32)
  }

  private enum Strategy {
    /// A socket: each `send` is non-blocking by a flag.
    case send
    /// A pipe or terminal, opened again: non-blocking only for this process.
    case writeToReopened(Int32)
    /// A file, where a write waits for the disk; or a pipe or terminal that cannot be opened again.
    case writeAndWait
  }

  private let descriptor: Int32
  private let strategy: Strategy

  /// - Parameters:
  ///   - descriptor: must stay open for longer than this value exists.
  ///   - canReopen: whether a pipe or terminal may be opened again.
  init(_ descriptor: Int32, canReopen: Bool = true) {
    self.descriptor = descriptor
    strategy = Self.strategy(descriptor, canReopen: canReopen)
  }

  deinit {
    if case .writeToReopened(let own) = strategy { close(own) }
  }

  /// Whether ``write(_:)`` may block, for a disk or for a reader.
  var canBlock: Bool {
    if case .writeAndWait = strategy { true } else { false }
  }

  /// Writes what one call takes. The C functions are `send` and `write`.
  ///
  /// - Parameter bytes: not empty.
  func write(_ bytes: Span<UInt8>) -> Outcome {
    while true {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        switch strategy {
        case .send: unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
        case .writeToReopened(let own): unsafe Glibc.write(own, bytes.baseAddress, bytes.count)
        case .writeAndWait: unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
      }
      if count > 0 { return .written(count) }
      if count == 0 || errno == EAGAIN { return .full }
      if errno != EINTR { return .failed(errno) }
    }
  }

  /// Waits until the descriptor is writable, or `other` is readable. The C function is `poll`.
  func waitUntilWritable(or other: Int32) {
    let own = if case .writeToReopened(let own) = strategy { own } else { descriptor }
    var requests = [
      pollfd(fd: own, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: other, events: Int16(POLLIN), revents: 0),
    ]
    unsafe poll(&requests, 2, -1)
  }

  /// Chooses the strategy. The C functions are `fstat`, `fcntl` and `open`.
  private static func strategy(_ descriptor: Int32, canReopen: Bool) -> Strategy {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return .writeAndWait }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: return .send
    case S_IFREG, S_IFBLK: return .writeAndWait
    default: break
    }
    let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    // If the descriptor is open only for reading, do not reopen it: the write must fail.
    let isWritable = fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY
    let own =
      canReopen && isWritable ? unsafe open("/proc/self/fd/\(descriptor)", flags) : -1
    return own >= 0 ? .writeToReopened(own) : .writeAndWait
  }
}
