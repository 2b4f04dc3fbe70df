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

  /// How many of the connections the other end has closed; waits for each that it has not.
  var closedCount: Int {
    descriptors.count { descriptor in
      var byte: UInt8 = 0
      return unsafe read(descriptor, &byte, 1) <= 0
    }
  }
}

/// Takes descriptors until the process may have no more, and gives them back.
final class DescriptorHoard {
  private var descriptors: [CInt] = []

  /// - Parameter limit: how many the process may have open from now on.
  init(limit: UInt) {
    var bounds = rlimit(rlim_cur: limit, rlim_max: limit)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &bounds)
    while true {
      let descriptor = unsafe open("/", O_RDONLY)
      guard descriptor >= 0 else { break }
      descriptors.append(descriptor)
    }
  }

  func release(_ count: Int) {
    for descriptor in descriptors.suffix(count) { close(descriptor) }
    descriptors.removeLast(count)
  }
}
