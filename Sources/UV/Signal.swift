internal import CLibUV

/// Calls a function when the process receives a signal. The C type is `uv_signal_t`.
@safe
public final class Signal: Handle {
  private var action: (() -> Void)?

  /// Starts to watch for one signal. The C functions are `uv_signal_init` and `uv_signal_start`.
  ///
  /// - Parameters:
  ///   - number: the signal, such as `SIGTERM`.
  ///   - action: held until the handle is closed.
  public init(loop: Loop, number: Int32, _ action: @escaping () -> Void) throws(UVError) {
    self.action = action
    try unsafe super.init(uv_signal_t.self) { unsafe uv_signal_init(loop.pointer, $0) }
    let status = unsafe uv_signal_start(
      raw(as: uv_signal_t.self), { raw, _ in unsafe Signal.object(of: raw)?.action?() }, number)
    guard status == 0 else {
      close()
      throw UVError(code: status)
    }
  }

  override func didClose() { action = nil }
}
