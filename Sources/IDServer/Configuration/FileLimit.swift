import API
import Glibc

/// The maximum number of open descriptors of the process, which limits its connections.
///
/// The resource is `RLIMIT_NOFILE`.
package enum FileLimit {
  private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

  /// The soft limit, which applies to the process.
  static var soft: Int { Int(clamping: current.rlim_cur) }

  /// The hard limit, to which the process may raise the soft one.
  static var hard: Int { Int(clamping: current.rlim_max) }

  /// The maximum of `MAX_CONNECTIONS`: what the hard limit leaves for connections.
  package static var maximumConnectionCount: Int {
    max(1, hard - Limits.reservedDescriptorCount - Limits.refusedConnectionCount)
  }

  /// The C function is `getrlimit`.
  private static var current: rlimit {
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else {
      return rlimit(rlim_cur: 256, rlim_max: 256)  // Only if the call fails.
    }
    return limit
  }

  /// Raises the soft limit to the hard limit. The C function is `setrlimit`.
  static func raise() {
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(resource, &limit)
  }
}
