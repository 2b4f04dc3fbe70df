import Foundation

/// Many connections to one port, without a buffer each.
final class SocketPool {
  private var descriptors: [Int32] = []
  /// How many bytes each has been sent by `sendOver`.
  private var sentByteCounts: [Int] = []

  /// Opens the connections, raising the soft file limit to the hard one first.
  ///
  /// - Parameter receiveBytes: how many bytes the system takes for each before they are read.
  init(count: Int, port: UInt16, receiveBytes: Int32? = nil) throws {
    Self.raisesFileLimit
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    for _ in 0..<count {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else { throw error("socket") }
      descriptors.append(descriptor)
      sentByteCounts.append(0)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      if let receiveBytes { RawClient.setReceiveBuffer(of: descriptor, to: receiveBytes) }
      let status = unsafe withUnsafePointer(to: address) { address in
        // Every socket address begins with the fields of `sockaddr`.
        let any = unsafe UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr.self)
        return unsafe connect(descriptor, any, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
      guard status == 0 else { throw error("connect") }
    }
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// Sends the same bytes on each connection, as many as the system takes at once.
  ///
  /// - Returns: on how many that was possible.
  @discardableResult
  func send(_ text: String) -> Int {
    let bytes = Array(text.utf8)
    return descriptors.count { descriptor in
      unsafe bytes.withUnsafeBytes {
        unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, Self.flags) == bytes.count
      }
    }
  }

  /// Sends the same bytes on each connection, over and over, as many as the system takes at once.
  /// The next call goes on where this one stopped.
  func sendOver(_ text: String) {
    let bytes = Array(text.utf8)
    for (index, descriptor) in descriptors.enumerated() {
      while true {
        let start = sentByteCounts[index] % bytes.count
        let count = unsafe bytes[start...].withUnsafeBytes {
          unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, Self.flags)
        }
        if count <= 0 { break }
        sentByteCounts[index] += count
      }
    }
  }

  private static let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)

  /// What each connection has been sent: up to this many bytes, or none if it has been closed.
  ///
  /// - Parameter thenClose: whether to close each connection before the next one is read from.
  func receive(upTo count: Int, thenClose: Bool = false) -> [String] {
    defer { if thenClose { descriptors = [] } }
    return descriptors.map { descriptor in
      defer { if thenClose { close(descriptor) } }
      var bytes = [UInt8](repeating: 0, count: count)
      let received = RawClient.retryingIfInterrupted {
        unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      }
      return String(decoding: bytes.prefix(max(0, received)), as: UTF8.self)
    }
  }

  private static let raisesFileLimit: Void = {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    unsafe getrlimit(resource, &limit)
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(resource, &limit)
  }()

  private func error(_ function: String) -> HarnessError {
    HarnessError("\(function) \(descriptors.count): \(unsafe String(cString: strerror(errno)))")
  }
}
