import Glibc

/// Writes to a descriptor that somebody else reads, such as standard output, without ever waiting
/// for that reader.
///
/// The descriptor is shared with whoever started the process, so it must not be made non-blocking:
/// that would hold for all of them.
package final class NonBlockingOutput: Sendable {
  private enum Way {
    /// A socket takes what it can, and is told so with each call.
    case send
    /// A pipe or terminal, opened anew: non-blocking for this process alone.
    case writeToOwn(Int32)
    /// A file: nobody is waited for.
    case write
    /// A pipe or terminal that cannot be opened anew. One that can be written to takes this much.
    case writeInPieces
  }

  private static let pieceBytes = Int(_POSIX_PIPE_BUF)

  private let descriptor: Int32
  private let way: Way

  /// - Parameters:
  ///   - descriptor: stays open for longer than this object.
  ///   - canReopen: whether a pipe or terminal may be opened anew.
  package init(_ descriptor: Int32, canReopen: Bool = true) {
    self.descriptor = descriptor
    way = Self.way(descriptor, canReopen: canReopen)
  }

  deinit {
    if case .writeToOwn(let own) = way { close(own) }
  }

  /// Writes as much as is taken at once.
  ///
  /// - Returns: how many bytes that was; `nil` if nobody can ever read them.
  package func offer(_ bytes: [UInt8]) -> Int? {
    var written = 0
    while written < bytes.count {
      let count = offerOnce(bytes.span.extracting(written..<bytes.count))
      if count > 0 {
        written += count
      } else if count < 0, errno == EINTR {
        continue
      } else {
        return written > 0 || count == 0 || errno == EAGAIN ? written : nil
      }
    }
    return written
  }

  private func offerOnce(_ bytes: Span<UInt8>) -> Int {
    unsafe bytes.withUnsafeBytes { bytes in
      switch way {
      case .send: unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
      case .write: unsafe write(descriptor, bytes.baseAddress, bytes.count)
      case .writeToOwn(let own): unsafe write(own, bytes.baseAddress, bytes.count)
      case .writeInPieces:
        canWrite
          ? unsafe write(descriptor, bytes.baseAddress, min(bytes.count, Self.pieceBytes)) : 0
      }
    }
  }

  /// The C function is `poll`.
  private var canWrite: Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&request, 1, 0) > 0
  }

  /// The C functions are `fstat` and `open`.
  private static func way(_ descriptor: Int32, canReopen: Bool) -> Way {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return .writeInPieces }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: return .send
    case S_IFREG: return .write
    default: break
    }
    let flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let own = canReopen ? unsafe open("/proc/self/fd/\(descriptor)", flags) : -1
    if own >= 0 { return .writeToOwn(own) }
    return .writeInPieces
  }
}
