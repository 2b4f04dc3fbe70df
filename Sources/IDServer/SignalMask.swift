import Glibc

/// Blocks the signals that a server handles, until it can handle them.
///
/// The first process of a container has no default action for a signal: one that arrives before the
/// handler is installed is lost, unless it is blocked.
public enum SignalMask {
  /// Blocks the signals. The C function is `pthread_sigmask`.
  public static func block() { change(SIG_BLOCK) }

  /// Unblocks the signals, which delivers pending ones.
  public static func unblock() { change(SIG_UNBLOCK) }

  private static func change(_ how: Int32) {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, signal) }
    unsafe pthread_sigmask(how, &signals, nil)
  }
}
