import Foundation

@testable import UV

/// Clients without a loop: blocking sockets, connected to a port of this machine.
final class RawSockets {
  private(set) var descriptors: [CInt] = []

  /// Opens sockets that are not connected yet.
  init(count: Int) throws {
    for _ in 0..<count {
      let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else { throw UVError(code: -errno) }
      descriptors.append(descriptor)
    }
  }

  /// Opens sockets and connects them.
  convenience init(count: Int, to address: SocketAddress) throws {
    try self.init(count: count)
    try connect(to: address)
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// A connection stands when this returns, whether or not it has been accepted.
  func connect(to address: SocketAddress) throws {
    for descriptor in descriptors {
      let status = unsafe address.withPointer {
        unsafe Foundation.connect(descriptor, $0, address.byteCount)
      }
      guard status == 0 else { throw UVError(code: -errno) }
    }
  }

  /// Sends text on one of the connections; the system takes all of it at once.
  func send(_ text: String, on index: Int) {
    let bytes = Array(text.utf8)
    let count = unsafe Foundation.send(descriptors[index], bytes, bytes.count, Int32(MSG_NOSIGNAL))
    precondition(count == bytes.count)
  }

  /// How many of the connections the other end has closed; waits for each that it has not.
  var closedCount: Int {
    descriptors.count { descriptor in
      var byte: UInt8 = 0
      return unsafe read(descriptor, &byte, 1) <= 0
    }
  }
}

/// Runs `body` while the process may open no descriptor whose number is `limit` or above. As short
/// as may be: the system's other threads do not expect it.
func withDescriptorLimit<R>(_ limit: CInt, _ body: () throws -> R) rethrows -> R {
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var before = rlimit()
  unsafe getrlimit(resource, &before)
  var bounds = rlimit(rlim_cur: rlim_t(limit), rlim_max: before.rlim_max)
  unsafe setrlimit(resource, &bounds)
  defer { unsafe setrlimit(resource, &before) }
  return try body()
}

/// Has all numbers for descriptors be in use up to the greatest there is, and returns the next one.
func fillDescriptors() -> CInt {
  let end = (0..<4096 as Range<CInt>).reversed().first { fcntl($0, F_GETFD) >= 0 } ?? 0
  while true {
    let descriptor = dup(STDERR_FILENO)
    if descriptor > end || descriptor < 0 {
      close(descriptor)
      return end + 1
    }
  }
}
