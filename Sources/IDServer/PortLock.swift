import Glibc
import UV

/// Keeps a second process with the same machine ID off a port of this host, which `SO_REUSEPORT`
/// would let it share.
///
/// It is an abstract Unix socket whose name says both: it needs no file, and goes with the process,
/// however that ends. Processes in other network namespaces do not see it; they do not share ports
/// either.
final class PortLock {
  private let descriptor: Int32

  /// The C functions are `socket` and `bind`.
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
