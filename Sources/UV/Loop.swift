internal import CLibUV
import Glibc

/// An event loop: one thread that waits for events and calls handlers, one after another.
///
/// Everything that is opened on a loop belongs to the thread that runs it. None of the types of
/// this module is `Sendable`, so the compiler keeps them there. The C type is `uv_loop_t`.
@safe
public final class Loop {
  /// Allocated in `init`, freed in `deinit`.
  let pointer: UnsafeMutablePointer<uv_loop_t>

  /// Where every stream of this loop reads to. One is enough: libuv calls the allocation callback,
  /// `read(2)` and the read callback back to back.
  private let readBuffer: UnsafeMutableRawBufferPointer

  /// The size of the buffer that streams read to, in bytes.
  public static let readBufferBytes = 16_384

  /// How many bytes a stream reads at once, at most: 1…``readBufferBytes``, which it is at first.
  public var readByteLimit: Int {
    get { readableBytes }
    set { readableBytes = min(max(newValue, 1), Self.readBufferBytes) }
  }

  private var readableBytes = Loop.readBufferBytes

  /// The part of the buffer that is read to.
  var readSpace: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: readBuffer[..<readableBytes])
  }

  /// Opens a loop, and has the process ignore `SIGPIPE` and `SIGXFSZ`: writing to a stream that its
  /// peer has closed, or past the size that a file may have, is an error of that write and not the
  /// end of the process. The C function is `uv_loop_init`.
  public init() throws(UVError) {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    unsafe pointer = .allocate(capacity: 1)
    unsafe readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
    do {
      try unsafe check(uv_loop_init(pointer))
    } catch {
      unsafe pointer.deallocate()
      unsafe readBuffer.deallocate()
      throw error
    }
    // Unretained: read in callbacks, which run only while the loop is alive.
    unsafe pointer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  /// Closes what is still open, then the loop. The C function is `uv_loop_close`.
  deinit {
    unsafe uv_walk(pointer, { handle, _ in unsafe Handle.object(of: handle)?.close() }, nil)
    unsafe uv_run(pointer, UV_RUN_DEFAULT)
    unsafe uv_loop_close(pointer)
    unsafe readBuffer.deallocate()
    unsafe pointer.deallocate()
  }

  /// Runs until no handle is active, or ``stop()`` is called. The C function is `uv_run`.
  public func run() {
    unsafe uv_run(pointer, UV_RUN_DEFAULT)
  }

  /// Waits for at least one event and handles those that have come. The C function is `uv_run`.
  public func runOnce() {
    unsafe uv_run(pointer, UV_RUN_ONCE)
  }

  /// Handles the events that have come, without waiting for any. The C function is `uv_run`.
  public func runPending() {
    unsafe uv_run(pointer, UV_RUN_NOWAIT)
  }

  /// Has ``run()`` return after the current round. The C function is `uv_stop`.
  public func stop() {
    unsafe uv_stop(pointer)
  }

  /// A clock that only goes forward, in milliseconds, read in each round and whenever the loop has
  /// looked for events. The C function is `uv_now`.
  public var nowMilliseconds: UInt64 { unsafe uv_now(pointer) }

  /// Reads that clock anew in the middle of a round. The C function is `uv_update_time`.
  public func updateTime() { unsafe uv_update_time(pointer) }

  /// The same clock, read now, in nanoseconds. The C function is `uv_hrtime`.
  public static var nowNanoseconds: UInt64 { uv_hrtime() }

  /// The loop that a handle belongs to.
  static func object(of handle: UnsafeMutablePointer<uv_handle_t>) -> Loop {
    // `init` put it there, and a handle's loop outlives the handle.
    unsafe Unmanaged<Loop>.fromOpaque(handle.pointee.loop.pointee.data).takeUnretainedValue()
  }
}
