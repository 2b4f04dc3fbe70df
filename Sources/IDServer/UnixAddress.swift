import Glibc

/// The address of a Unix domain socket: `unix(7)`.
struct UnixAddress {
  private var address = sockaddr_un()
  private let length: Int

  /// `nil` if the path is too long.
  ///
  /// - Parameter path: a path in the file system; or, with a leading `@`, the name of an abstract
  ///   socket, which the kernel removes with its last descriptor.
  init?(_ path: String) {
    // `@` represents the NUL byte with which an abstract address begins.
    let bytes = path.utf8.enumerated().map { $0 == 0 && $1 == UInt8(ascii: "@") ? 0 : $1 }
    let pathOffset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
    length = pathOffset + bytes.count
    guard length < MemoryLayout<sockaddr_un>.size else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address) {
      unsafe $0[pathOffset..<length].copyBytes(from: bytes)
    }
  }

  /// Calls `body` with the address as a C `sockaddr`.
  func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    unsafe withUnsafePointer(to: address) { address in
      // `sockaddr_un` begins with the fields of `sockaddr`; `length` is within it.
      let generic = unsafe UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr.self)
      return unsafe body(generic, socklen_t(length))
    }
  }
}
