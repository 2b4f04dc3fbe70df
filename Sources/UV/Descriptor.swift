internal import CLibUV
import Glibc

/// A file descriptor that has one owner. It is closed when that owner lets go of it, and at no other
/// time.
struct Descriptor: ~Copyable {
  let number: CInt

  /// Takes over what a function of the system has just returned: a descriptor, or −1 and `errno`.
  init(_ result: CInt) throws(UVError) {
    guard result >= 0 else { throw UVError(code: -errno) }
    number = result
  }

  /// The C function is `close`. It is not called again if a signal interrupts it: on Linux, the
  /// descriptor is gone then all the same (close(2)).
  deinit { _ = close(number) }

  /// Gives the descriptor to an owner outside of Swift, which closes it from now on.
  consuming func release() -> CInt {
    let number = number
    discard self
    return number
  }
}

// MARK: - Sockets that listen

extension Descriptor {
  /// A socket that is bound to an address and does not block. The C functions are `socket`,
  /// `setsockopt` and `bind`.
  ///
  /// An address that is in use is an error here, where libuv reports it when it listens.
  ///
  /// - Parameter sharesPort: whether other sockets that say so too may have the address.
  static func socket(
    boundTo address: SocketAddress, sharesPort: Bool
  ) throws(UVError) -> Descriptor {
    let family = address.isIPv6 ? AF_INET6 : AF_INET
    let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = try Descriptor(Glibc.socket(family, type, 0))
    // A restart need not wait for the last connections of the process before it (socket(7)).
    try socket.set(SO_REUSEADDR, at: SOL_SOCKET, to: 1)
    if sharesPort { try socket.set(SO_REUSEPORT, at: SOL_SOCKET, to: 1) }
    // `::` takes IPv4 connections too, whatever the system's default is (ipv6(7)).
    if address.isIPv6 { try socket.set(IPV6_V6ONLY, at: CInt(IPPROTO_IPV6), to: 0) }
    let status = unsafe address.withPointer { unsafe bind(socket.number, $0, address.byteCount) }
    guard status == 0 else { throw UVError(code: -errno) }
    return socket
  }

  /// Listens; connections inherit `TCP_NODELAY`, so small writes are sent at once. The C functions
  /// are `setsockopt` and `listen`.
  ///
  /// - Parameter backlog: how many connections may wait to be accepted; the system caps it.
  func listen(backlog: CInt) throws(UVError) {
    try set(TCP_NODELAY, at: CInt(IPPROTO_TCP), to: 1)
    guard Glibc.listen(number, backlog) == 0 else { throw UVError(code: -errno) }
  }

  /// Has the system hold a connection back until its client has sent something, or for a second or
  /// so: then it sends the client its part of the handshake again, and hands the connection over when
  /// that is acknowledged. The C function is `setsockopt`, with `TCP_DEFER_ACCEPT` (tcp(7)).
  func deferAccept() throws(UVError) {
    // Linux turns seconds into how often it sends that part again: 1 is once.
    try set(TCP_DEFER_ACCEPT, at: CInt(IPPROTO_TCP), to: 1)
  }

  /// Whether the system holds connections back. The C function is `getsockopt`.
  var defersAccept: Bool {
    var seconds: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    let level = CInt(IPPROTO_TCP)
    return unsafe getsockopt(number, level, TCP_DEFER_ACCEPT, &seconds, &size) == 0 && seconds > 0
  }

  /// Has the system drop every SYN that comes, the first segment of a handshake, so that no new
  /// connection is established: its client sends another after a second. Handshakes under way are
  /// completed. The C function is `setsockopt`, with `SO_ATTACH_FILTER`.
  ///
  /// The filter is the socket's, not the descriptor's: who else has the socket has it, too.
  func dropNewHandshakes() throws(UVError) {
    // linux/filter.h: the filter of a TCP socket sees a segment from its TCP header on. Byte 13 of
    // that has the flags (RFC 9293 §3.1): 0x02 is SYN, 0x10 ACK. To return 0 is to drop.
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
      // Copied by the system before it returns.
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
  /// The next connection that waits at a listening socket; it does not block. The C function is
  /// `accept4`.
  static func accepting(from listening: CInt) throws(UVError) -> Descriptor {
    let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    return try Descriptor(accept4(listening, nil, nil, flags))
  }

  /// A descriptor that is of no use but to be given up when there is no other: `nil` if there is no
  /// other already. The C function is `open`, of the one folder that every system has.
  static func reserve() -> Descriptor? {
    let result = unsafe open("/", O_RDONLY | O_CLOEXEC)
    return try? Descriptor(result)
  }
}

extension sock_filter {
  /// An instruction of classic BPF.
  ///
  /// - Parameter skipped: of a comparison: how many instructions to leave out if it is false.
  fileprivate init(_ code: CInt, _ operand: UInt32, skippingUnless skipped: UInt8 = 0) {
    self.init(code: UInt16(code), jt: 0, jf: skipped, k: operand)
  }
}
