internal import CLibUV
import Glibc

/// A file descriptor with one owner. It is closed when it is destroyed, and at no other time.
struct Descriptor: ~Copyable {
  let number: CInt

  /// Takes ownership of the descriptor that a system call has just returned.
  ///
  /// - Parameter result: the descriptor, or −1 with `errno` set.
  /// - Throws: `errno`, if the result is −1.
  init(_ result: CInt) throws(UVError) {
    guard result >= 0 else { throw UVError(code: -errno) }
    number = result
  }

  /// The C function is `close`. If a signal interrupts it, it is not called again: on Linux, the
  /// descriptor is closed even then (close(2)).
  deinit { _ = close(number) }

  /// Hands the descriptor to an owner outside of Swift, which must close it.
  consuming func release() -> CInt {
    let number = number
    discard self
    return number
  }
}

// MARK: - Listening sockets

extension Descriptor {
  /// Opens a non-blocking socket and binds it to an address. The C functions are `socket`,
  /// `setsockopt` and `bind`.
  ///
  /// If the address is in use, this throws; libuv would report it only on listening.
  ///
  /// - Parameter sharesPort: whether other sockets that set this too may bind to the address
  ///   (`SO_REUSEPORT`).
  static func socket(
    boundTo address: SocketAddress, sharesPort: Bool
  ) throws(UVError) -> Descriptor {
    let family = address.isIPv6 ? AF_INET6 : AF_INET
    let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = try Descriptor(Glibc.socket(family, type, 0))
    // A restart can bind while connections of the previous process are in TIME_WAIT (socket(7)).
    try socket.set(SO_REUSEADDR, at: SOL_SOCKET, to: 1)
    if sharesPort { try socket.set(SO_REUSEPORT, at: SOL_SOCKET, to: 1) }
    // `::` takes IPv4 connections too, whatever the system's default is (ipv6(7)).
    if address.isIPv6 { try socket.set(IPV6_V6ONLY, at: CInt(IPPROTO_IPV6), to: 0) }
    let status = unsafe address.withPointer { unsafe bind(socket.number, $0, address.byteCount) }
    guard status == 0 else { throw UVError(code: -errno) }
    return socket
  }

  /// Listens. Accepted connections inherit `TCP_NODELAY`, so small writes are sent at once. The C
  /// functions are `setsockopt` and `listen`.
  ///
  /// - Parameter backlog: the number of connections that may wait to be accepted; the kernel caps
  ///   it.
  func listen(backlog: CInt) throws(UVError) {
    try set(TCP_NODELAY, at: CInt(IPPROTO_TCP), to: 1)
    guard Glibc.listen(number, backlog) == 0 else { throw UVError(code: -errno) }
  }

  /// Has the kernel hold a connection back until its client has sent data, or for about a second.
  /// Then the kernel sends the SYN-ACK again, and hands the connection over when the client
  /// acknowledges it. The C function is `setsockopt`, with `TCP_DEFER_ACCEPT` (tcp(7)).
  func deferAccept() throws(UVError) {
    // Linux converts the seconds to a number of SYN-ACK retransmissions: 1 second is one.
    try set(TCP_DEFER_ACCEPT, at: CInt(IPPROTO_TCP), to: 1)
  }

  /// Whether the kernel holds connections back until data arrives. The C function is `getsockopt`.
  var defersAccept: Bool {
    var seconds: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    let level = CInt(IPPROTO_TCP)
    return unsafe getsockopt(number, level, TCP_DEFER_ACCEPT, &seconds, &size) == 0 && seconds > 0
  }

  /// Has the kernel drop every SYN, the first segment of a handshake, so that no new connection is
  /// established. The client sends its SYN again after a second. Handshakes in progress complete.
  /// The C function is `setsockopt`, with `SO_ATTACH_FILTER`.
  ///
  /// The filter belongs to the socket, not to the descriptor: it also affects other processes that
  /// share the socket.
  func dropNewHandshakes() throws(UVError) {
    // linux/filter.h: the filter of a TCP socket sees each segment from its TCP header on. Byte 13
    // of the header has the flags (RFC 9293 §3.1): 0x02 is SYN, 0x10 is ACK. Returning 0 drops it.
    let flagsOffset: UInt32 = 13
    let (syn, ack): (UInt32, UInt32) = (0x02, 0x10)
    var program = [
      sock_filter(BPF_LD | BPF_B | BPF_ABS, flagsOffset),
      sock_filter(BPF_ALU | BPF_AND | BPF_K, syn | ack),
      sock_filter(BPF_JMP | BPF_JEQ | BPF_K, syn, skippingUnless: 1),
      sock_filter(BPF_RET | BPF_K, 0),
      sock_filter(BPF_RET | BPF_K, .max),
    ]
    let status = unsafe program.withUnsafeMutableBufferPointer { instructions in
      var filter = unsafe sock_fprog(
        len: UInt16(instructions.count), filter: instructions.baseAddress)
      let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
      // The kernel copies the program before `setsockopt` returns.
      return unsafe setsockopt(number, SOL_SOCKET, SO_ATTACH_FILTER, &filter, size)
    }
    guard status == 0 else { throw UVError(code: -errno) }
  }

  private func set(_ option: CInt, at level: CInt, to value: CInt) throws(UVError) {
    var value = value
    let size = socklen_t(MemoryLayout<CInt>.size)
    guard unsafe setsockopt(number, level, option, &value, size) == 0 else {
      throw UVError(code: -errno)
    }
  }
}

// MARK: - Accepting

extension Descriptor {
  /// Accepts the next connection from a listening socket; the connection is non-blocking. The C
  /// function is `accept4`.
  static func accepting(from listening: CInt) throws(UVError) -> Descriptor {
    let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    return try Descriptor(accept4(listening, nil, nil, flags))
  }

  /// A spare descriptor, to be closed when the process has run out of descriptors and needs one.
  /// `nil` if it has run out already. The C function is `open`, of `/`, which always exists.
  static func reserve() -> Descriptor? {
    let result = unsafe open("/", O_RDONLY | O_CLOEXEC)
    return try? Descriptor(result)
  }
}

extension sock_filter {
  /// An instruction of classic BPF.
  ///
  /// - Parameter skipped: for a comparison, the number of instructions to skip if it is false.
  fileprivate init(_ code: CInt, _ operand: UInt32, skippingUnless skipped: UInt8 = 0) {
    self.init(code: UInt16(code), jt: 0, jf: skipped, k: operand)
  }
}
