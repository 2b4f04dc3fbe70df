internal import CLibUV

/// Calls a function once in each round of the loop, after the loop has handled I/O events. The C
/// type is `uv_check_t`.
@safe
public final class Check: Handle {
  private var action: (() -> Void)?

  /// Starts the handle. An active check handle does not stop the loop from waiting for events. The
  /// C functions are `uv_check_init` and `uv_check_start`.
  ///
  /// - Parameter action: held until the handle is closed.
  public init(loop: Loop, _ action: @escaping () -> Void) throws(UVError) {
    self.action = action
    try unsafe super.init(uv_check_t.self) { unsafe uv_check_init(loop.pointer, $0) }
    let status = unsafe uv_check_start(raw(as: uv_check_t.self)) { raw in
      unsafe Check.object(of: raw)?.action?()
    }
    guard status == 0 else {
      close()
      throw UVError(code: status)
    }
  }

  override func didClose() { action = nil }
}
