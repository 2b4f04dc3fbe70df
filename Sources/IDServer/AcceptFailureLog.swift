import UV

/// Says that connections could not be accepted: the first failure at once, those after it by their
/// count, now and then. Clients decide how many there are, so they must not decide how long the log
/// gets.
final class AcceptFailureLog {
  /// The least time between two lines.
  static let intervalMilliseconds: UInt64 = 10_000

  private let intervalMilliseconds: UInt64
  private let warn: (String) -> Void
  /// Runs while failures are only counted.
  private let timer: Timer
  private var isCounting = false
  private var count = 0
  private var lastError: UVError?

  /// - Parameter warn: writes a line of the log.
  init(
    loop: Loop, intervalMilliseconds: UInt64 = intervalMilliseconds,
    warn: @escaping (String) -> Void
  ) throws(UVError) {
    self.intervalMilliseconds = intervalMilliseconds
    self.warn = warn
    timer = try Timer(loop: loop)
    timer.unreference()  // A server that stops does not wait for it.
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
