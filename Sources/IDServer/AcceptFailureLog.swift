import UV

/// Logs connections that could not be accepted: the first failure at once, later ones as a count at
/// intervals. Clients can cause any number of failures, so the number of log lines must not depend
/// on it.
final class AcceptFailureLog {
  /// The minimum time between two lines.
  static let intervalMilliseconds: UInt64 = 10_000

  private let intervalMilliseconds: UInt64
  private let warn: (String) -> Void
  /// While it runs, failures are only counted.
  private let timer: Timer
  private var isCounting = false
  private var count = 0
  private var lastError: UVError?

  /// - Parameter warn: logs a warning.
  init(
    loop: Loop, intervalMilliseconds: UInt64 = intervalMilliseconds,
    warn: @escaping (String) -> Void
  ) throws(UVError) {
    self.intervalMilliseconds = intervalMilliseconds
    self.warn = warn
    timer = try Timer(loop: loop)
    timer.unreference()  // It does not keep a stopping server running.
  }

  func record(_ error: UVError) {
    count += 1
    lastError = error
    if !isCounting { report() }
  }

  private func report() {
    isCounting = count > 0
    guard isCounting, let lastError else { return }
    warn(
      count == 1
        ? "a connection could not be accepted: \(lastError)"
        : "\(count) more connections could not be accepted: \(lastError)")
    count = 0
    timer.start(afterMilliseconds: intervalMilliseconds) { [unowned self] in report() }
  }
}
