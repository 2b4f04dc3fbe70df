internal import CLibUV
import Glibc

/// Calls a function after a time in nanoseconds. On an idle loop it is late by some tens of
/// microseconds at most.
///
/// libuv's own timers count whole milliseconds. This one is a `timerfd`, watched by a `uv_poll_t`.
@safe
public final class HighResolutionTimer: Handle {
  /// `nil` once the timer is closing.
  private var descriptor: Descriptor?
  private var action: (() -> Void)?
  private var isRunning = false

  /// Opens a timer that is not running. The C functions are `timerfd_create`, `uv_poll_init` and
  /// `uv_poll_start`.
  ///
  /// - Parameter action: held until the timer is closed.
  public init(loop: Loop, _ action: @escaping () -> Void) throws(UVError) {
    self.action = action
    let flags = CInt(TFD_NONBLOCK | TFD_CLOEXEC)
    let descriptor = try Descriptor(timerfd_create(CLOCK_MONOTONIC, flags))
    let number = descriptor.number
    self.descriptor = consume descriptor
    try unsafe super.init(uv_poll_t.self) { unsafe uv_poll_init(loop.pointer, $0, number) }
    let status = unsafe uv_poll_start(raw(as: uv_poll_t.self), CInt(UV_READABLE.rawValue)) {
      raw, _, _ in
      unsafe HighResolutionTimer.object(of: raw)?.fire()
    }
    guard status == 0 else {
      close()
      throw UVError(code: status)
    }
  }

  /// Starts or restarts the timer. The C function is `timerfd_settime`.
  ///
  /// - Parameter delayNanoseconds: 1…999 999 999.
  public func start(afterNanoseconds delayNanoseconds: Int) {
    guard let number = descriptor?.number else { return }
    isRunning = true
    var setting = itimerspec()
    setting.it_value.tv_nsec = min(max(delayNanoseconds, 1), 999_999_999)
    unsafe timerfd_settime(number, 0, &setting, nil)
  }

  private func fire() {
    guard let number = descriptor?.number else { return }
    var expirations: UInt64 = 0
    let count = unsafe read(number, &expirations, MemoryLayout<UInt64>.size)
    guard isRunning, count > 0 else { return }
    isRunning = false
    action?()
  }

  override func didBeginClosing() { descriptor = nil }

  override func didClose() { action = nil }
}
