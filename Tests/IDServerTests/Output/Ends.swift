import Foundation
import Synchronization
import Testing

/// Both ends of a pipe or of a pair of sockets.
final class Ends {
  enum Kind: CaseIterable { case pipe, pipeThatCannotBeReopened, socket }

  let writer: Int32
  private(set) var reader: Int32

  init(_ kind: Kind) throws {
    var descriptors: [Int32] = [-1, -1]
    let status: Int32
    if kind == .socket {
      status = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &descriptors)
      // Small, so that a line does not go in whole.
      var size: Int32 = 5000
      unsafe setsockopt(descriptors[1], SOL_SOCKET, SO_SNDBUF, &size, 4)
    } else {
      status = unsafe pipe(&descriptors)
    }
    try #require(status == 0)
    (reader, writer) = (descriptors[0], descriptors[1])
  }

  /// Closes both, the reader first: so no write waits any longer.
  func close() {
    closeReader()
    Foundation.close(writer)
  }

  func closeReader() {
    if reader >= 0 { Foundation.close(reader) }
    reader = -1
  }

  /// Reads on another thread, until ``Reading/finish()``.
  func readInBackground() -> Reading {
    let reading = Reading()
    let reader = self.reader
    Thread.detachNewThread { reading.run(reader) }
    return reading
  }

  final class Reading: Sendable {
    private let data = Mutex(Data())
    private let isFinished = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    fileprivate func run(_ reader: Int32) {
      var bytes = [UInt8](repeating: 0, count: 65_536)
      while true {
        let isLast = isFinished.load(ordering: .sequentiallyConsistent)
        var request = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        if unsafe poll(&request, 1, 5) > 0 {
          let count = unsafe read(reader, &bytes, bytes.count)
          if count <= 0 { break }
          data.withLock { $0 += bytes.prefix(count) }
        } else if isLast {
          break
        }
      }
      hasEnded.signal()
    }

    /// What has come. All that will come has been written before.
    func finish() -> Data {
      isFinished.store(true, ordering: .sequentiallyConsistent)
      hasEnded.wait()
      return data.withLock { $0 }
    }
  }
}
