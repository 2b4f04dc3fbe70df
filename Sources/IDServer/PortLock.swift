import Glibc
import UV

/// Prevents two processes with the same machine ID from serving the same port of this host, which
/// `SO_REUSEPORT` would allow.
///
/// It is an abstract Unix socket named after both. It needs no file, and the kernel removes it when
/// the process ends, in whatever way. It is not visible in other network namespaces, which have
/// ports of their own.
final class PortLock {
  private let descriptor: Int32

  /// Takes the lock. The C functions are `socket` and `bind`.
  ///
  /// - Throws: if the system refuses a socket.
  /// - Returns: `nil` if another process has the lock.
  init?(port: UInt16, machineID: Int) throws(UVError) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw UVError(code: -errno) }
    guard let address = UnixAddress("@idgen/port-\(port)/machine-\(machineID)") else { return nil }
    let status = unsafe address.withPointer { unsafe bind(descriptor, $0, $1) }
    guard status < 0 else { return }
    let code = errno
    guard code == EADDRINUSE else { throw UVError(code: -code) }
    return nil
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
