internal import CLibUV

/// Calls a function once in each round of the loop, after the timers and before the loop polls for
/// I/O. While it runs, the loop polls without waiting. The C type is `uv_idle_t`.
@safe
public final class Idle: Handle {
  private let action: () -> Void
  private var isRunning = false

  /// Opens a handle that is not running. The C function is `uv_idle_init`.
  ///
  /// - Parameter action: held until the handle is freed.
  public init(loop: Loop, _ action: @escaping () -> Void) throws(UVError) {
    self.action = action
    try unsafe super.init(uv_idle_t.self) { unsafe uv_idle_init(loop.pointer, $0) }
  }

  /// Starts to call the function, once in each round. The C function is `uv_idle_start`.
  public func start() {
    guard !isRunning, !isClosing else { return }
    isRunning = true
    unsafe uv_idle_start(raw(as: uv_idle_t.self)) { raw in unsafe Idle.object(of: raw)?.action() }
  }

  /// Stops calling the function. The C function is `uv_idle_stop`.
  public func stop() {
    guard isRunning, !isClosing else { return }
    isRunning = false
    unsafe uv_idle_stop(raw(as: uv_idle_t.self))
  }
}
