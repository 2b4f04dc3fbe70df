import API
import Glibc

/// systemd's socket activation and readiness notification. One environment variable describes
/// inherited sockets, the other is the address for notifications.
///
/// Source: `sd_listen_fds(3)` and `sd_notify(3)`, which describe both protocols as stable.
public enum ServiceManager {
  private static let firstInheritedDescriptor: Int32 = 3

  /// The inherited socket to listen on, if there is one.
  ///
  /// - Throws: if there are several, because the server has one port.
  public static func inheritedSocket(
    environment: (String) -> String?
  ) throws(ConfigurationError) -> Int32? {
    guard let process = environment("LISTEN_PID"), Int32(process) == getpid(),
      let count = environment("LISTEN_FDS")
    else { return nil }
    guard count == "1" else {
      throw ConfigurationError("LISTEN_FDS is \(count.quoted): exactly 1 socket can be served")
    }
    return firstInheritedDescriptor
  }

  /// Notifies the service manager, if there is one, of a change such as `READY=1`.
  ///
  /// It does not wait, and ignores errors. The C functions are `socket` and `sendto`.
  public static func notify(_ state: String, environment: (String) -> String?) {
    guard let path = environment("NOTIFY_SOCKET"), !path.isEmpty,
      let address = UnixAddress(path)
    else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let message = Array(state.utf8)
    unsafe address.withPointer { address, length in
      _ = unsafe message.withUnsafeBytes {
        unsafe sendto(
          descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT), address, length)
      }
    }
  }
}
