import Glibc

/// How many descriptors the process may have open, which bounds its connections.
///
/// The resource is `RLIMIT_NOFILE`.
enum FileLimit {
  private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

  /// The limit as it is.
  static var soft: Int { Int(clamping: current.rlim_cur) }

  /// The most that the process may raise the limit to.
  static var hard: Int { Int(clamping: current.rlim_max) }

  /// The C function is `getrlimit`.
  private static var current: rlimit {
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else {
      return rlimit(rlim_cur: 256, rlim_max: 256)  // POSIX has 20 at least.
    }
    return limit
  }

  /// Raises the soft limit, which stops the process, to the hard one. The C function is
  /// `setrlimit`.
  static func raise() {
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(resource, &limit)
  }
}
