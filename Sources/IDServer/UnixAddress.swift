import Glibc

/// The address of a Unix domain socket: `unix(7)`.
struct UnixAddress {
  private var address = sockaddr_un()
  private let length: Int

  /// - Parameter path: a name in the file system; with `@` in front, of an abstract socket, which
  ///   vanishes with the last descriptor. `nil` if it is too long.
  init?(_ path: String) {
    // `@` stands for the NUL that begins an abstract address.
    let bytes = path.utf8.enumerated().map { $0 == 0 && $1 == UInt8(ascii: "@") ? 0 : $1 }
    let pathOffset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
    length = pathOffset + bytes.count
    guard length < MemoryLayout<sockaddr_un>.size else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address) {
      unsafe $0[pathOffset..<length].copyBytes(from: bytes)
    }
  }

  /// Calls `body` with the address as the system's functions want it.
  func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    unsafe withUnsafePointer(to: address) { address in
      // `sockaddr_un` begins as every `sockaddr` does; `length` is within it.
      let generic = unsafe UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr.self)
      return unsafe body(generic, socklen_t(length))
    }
  }
}
