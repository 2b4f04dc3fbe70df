import Glibc

/// A descriptor that somebody else reads, such as standard output, and how to write to it without
/// waiting for that reader.
///
/// It is shared with whoever started the process, so it must not be made non-blocking: that would
/// hold for all of them.
struct OutputDescriptor: ~Copyable, Sendable {
  enum Outcome: Equatable {
    /// So many bytes, 1 or more.
    case written(Int)
    /// None at present: see ``waitUntilWritable(or:)``.
    case full
    /// `errno`.
    case failed(Int32)
  }

  private enum Strategy {
    /// A socket takes what it can, and is told so with each call.
    case send
    /// A pipe or terminal, opened anew: non-blocking for this process alone.
    case writeToOwn(Int32)
    /// A file, for whose disk a write waits; a pipe or terminal that cannot be opened anew.
    case writeAndWait
  }

  private let descriptor: Int32
  private let strategy: Strategy

  /// - Parameters:
  ///   - descriptor: stays open for longer than this value.
  ///   - canReopen: whether a pipe or terminal may be opened anew.
  init(_ descriptor: Int32, canReopen: Bool = true) {
    self.descriptor = descriptor
    strategy = Self.strategy(descriptor, canReopen: canReopen)
  }

  deinit {
    if case .writeToOwn(let own) = strategy { close(own) }
  }

  /// Whether ``write(_:)`` may have to wait, for a disk or for a reader.
  var canBlock: Bool {
    if case .writeAndWait = strategy { true } else { false }
  }

  /// Writes as much as is taken by one call. The C functions are `send` and `write`.
  ///
  /// - Parameter bytes: not empty.
  func write(_ bytes: Span<UInt8>) -> Outcome {
    while true {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        switch strategy {
        case .send: unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
        case .writeToOwn(let own): unsafe Glibc.write(own, bytes.baseAddress, bytes.count)
        case .writeAndWait: unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
      }
      if count > 0 { return .written(count) }
      if count == 0 || errno == EAGAIN { return .full }
      if errno != EINTR { return .failed(errno) }
    }
  }

  /// Waits until bytes are taken again, or there are some to read from `other`. The C function is
  /// `poll`.
  func waitUntilWritable(or other: Int32) {
    let own = if case .writeToOwn(let own) = strategy { own } else { descriptor }
    var requests = [
      pollfd(fd: own, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: other, events: Int16(POLLIN), revents: 0),
    ]
    unsafe poll(&requests, 2, -1)
  }

  /// The C functions are `fstat`, `fcntl` and `open`.
  private static func strategy(_ descriptor: Int32, canReopen: Bool) -> Strategy {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return .writeAndWait }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: return .send
    case S_IFREG, S_IFBLK: return .writeAndWait
    default: break
    }
    let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    // One that is open for reading alone is not to be written to, so a write is to fail.
    let isWritable = fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY
    let own =
      canReopen && isWritable ? unsafe open("/proc/self/fd/\(descriptor)", flags) : -1
    return own >= 0 ? .writeToOwn(own) : .writeAndWait
  }
}
