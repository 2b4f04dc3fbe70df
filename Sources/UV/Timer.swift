internal import CLibUV

/// Calls a function once, after a delay. The C type is `uv_timer_t`.
@safe
public final class Timer: Handle {
  private var action: (() -> Void)?

  /// Opens a timer that is not running. The C function is `uv_timer_init`.
  public init(loop: Loop) throws(UVError) {
    try unsafe super.init(uv_timer_t.self) { unsafe uv_timer_init(loop.pointer, $0) }
  }

  /// Starts or restarts the timer. The C function is `uv_timer_start`.
  ///
  /// - Parameters:
  ///   - delayMilliseconds: counted from ``Loop/nowMilliseconds``. 0 counts as 1: with 0, a timer
  ///     that its own action restarts could fire again and again in the same round.
  ///   - action: held until the timer fires, or is restarted, stopped or closed.
  public func start(afterMilliseconds delayMilliseconds: UInt64, _ action: @escaping () -> Void) {
    guard !isClosing else { return }
    self.action = action
    unsafe uv_timer_start(
      raw(as: uv_timer_t.self), { unsafe Timer.object(of: $0)?.fire() },
      max(1, delayMilliseconds), 0)
  }

  /// Stops the timer; it does not fire. The C function is `uv_timer_stop`.
  public func stop() {
    guard !isClosing else { return }
    unsafe uv_timer_stop(raw(as: uv_timer_t.self))
    action = nil
  }

  private func fire() {
    let action = self.action
    self.action = nil
    action?()
  }

  override func didClose() { action = nil }
}
