internal import CLibUV

/// A handle: something that is open on a loop. The C type is `uv_handle_t`.
///
/// Ownership: libuv may access a handle's memory until its close callback has run. So an open
/// handle retains its object, and the close callback releases the object and frees the memory;
/// nothing else does.
@safe
public class Handle {
  /// Allocated in `init`, freed in the close callback.
  final let pointer: UnsafeMutablePointer<uv_handle_t>

  /// Private, which avoids dynamic exclusivity enforcement.
  private final var hasBeenClosed = false

  /// Whether ``close()`` has been called.
  public final var isClosing: Bool { hasBeenClosed }

  /// Allocates a handle of this C type and opens it with `open`, one of the `uv_…_init` functions.
  init<Raw>(
    _ type: Raw.Type, open: (UnsafeMutablePointer<Raw>) -> CInt
  ) throws(UVError) {
    let raw = UnsafeMutablePointer<Raw>.allocate(capacity: 1)
    // Every handle type of libuv begins with the fields of `uv_handle_t`.
    unsafe pointer = UnsafeMutableRawPointer(raw).assumingMemoryBound(to: uv_handle_t.self)
    let status = unsafe open(raw)
    guard status == 0 else {
      unsafe raw.deallocate()
      throw UVError(code: status)
    }
    unsafe pointer.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  /// Closes the handle. The loop frees its memory at the end of the current round.
  ///
  /// Calling it again has no effect. The C function is `uv_close`.
  public final func close() {
    guard !hasBeenClosed else { return }
    willClose()
    hasBeenClosed = true
    unsafe uv_close(pointer) { handle in
      guard let handle = unsafe handle else { return }
      // The one release that balances the retain in `init`.
      let object = unsafe Unmanaged<Handle>.fromOpaque(handle.pointee.data).takeRetainedValue()
      object.didClose()
      unsafe handle.deallocate()
    }
    didBeginClosing()
  }

  /// Called before the handle closes, while it can still be used.
  func willClose() {}

  /// Releases what a subclass can release at once: the loop no longer watches the handle.
  func didBeginClosing() {}

  /// Called when the handle has closed; a subclass releases its handler or action here.
  func didClose() {}

  /// Throws `UV_EBADF` once ``close()`` has been called: the memory may have been freed already.
  final func checkIsOpen() throws(UVError) {
    guard !isClosing else { throw UVError(code: UV_EBADF.rawValue) }
  }

  /// Lets the loop end while this handle is still active. The C function is `uv_unref`.
  public final func unreference() {
    guard !isClosing else { return }
    unsafe uv_unref(pointer)
  }

  /// The Swift object of an open handle. Callbacks call it with the C handle that libuv passes.
  static func object<Raw>(of raw: UnsafeMutablePointer<Raw>?) -> Self? {
    guard let raw = unsafe raw else { return nil }
    let handle = unsafe UnsafeMutableRawPointer(raw).assumingMemoryBound(to: uv_handle_t.self)
    guard let data = unsafe handle.pointee.data else { return nil }
    // `init` stored it there, it is alive until the close callback, and each class registers only
    // callbacks for its own handles.
    return unsafe unsafeDowncast(
      Unmanaged<Handle>.fromOpaque(data).takeUnretainedValue(), to: Self.self)
  }

  /// The handle's memory as the C type it was allocated as.
  final func raw<Raw>(as type: Raw.Type) -> UnsafeMutablePointer<Raw> {
    unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Raw.self)
  }
}
