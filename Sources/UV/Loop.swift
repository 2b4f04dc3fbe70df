internal import CLibUV
import Glibc

/// An event loop: one thread that waits for events and calls handlers, one after another.
///
/// All handles on a loop belong to the thread that runs it. They are not `Sendable`, so the
/// compiler keeps them on that thread. The C type is `uv_loop_t`.
@safe
public final class Loop {
  /// Allocated in `init`, freed in `deinit`.
  let pointer: UnsafeMutablePointer<uv_loop_t>

  /// The buffer into which every stream of this loop reads. One is enough: libuv calls the
  /// allocation callback, `read(2)` and the read callback back to back.
  private let readBuffer: UnsafeMutableRawBufferPointer

  /// The size of the buffer into which streams read, in bytes.
  public static let readBufferBytes = 16_384

  /// The maximum number of bytes that a stream reads at once, 1…``readBufferBytes``; by default,
  /// all of the buffer.
  public var readByteLimit: Int {
    get { readableBytes }
    set { readableBytes = min(max(newValue, 1), Self.readBufferBytes) }
  }

  private var readableBytes = Loop.readBufferBytes

  /// The part of the buffer that the next read may fill.
  var readSpace: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: readBuffer[..<readableBytes])
  }

  /// Opens a loop, and has the process ignore `SIGPIPE` and `SIGXFSZ`. So a write to a connection
  /// that the peer has closed, or past the file size limit, fails with an error and does not end
  /// the process. The C function is `uv_loop_init`.
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
    // Unretained: only callbacks read it, and they run only while the loop is alive.
    unsafe pointer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  /// Closes all open handles, then the loop. The C function is `uv_loop_close`.
  deinit {
    unsafe uv_walk(pointer, { handle, _ in unsafe Handle.object(of: handle)?.close() }, nil)
    unsafe uv_run(pointer, UV_RUN_DEFAULT)
    unsafe uv_loop_close(pointer)
    unsafe readBuffer.deallocate()
    unsafe pointer.deallocate()
  }

  /// Runs until no handle is active or ``stop()`` is called. The C function is `uv_run`.
  public func run() {
    unsafe uv_run(pointer, UV_RUN_DEFAULT)
  }

  /// Runs one round, and waits if no event is pending. The C function is `uv_run`.
  public func runOnce() {
    unsafe uv_run(pointer, UV_RUN_ONCE)
  }

  /// Handles the pending events, without waiting. The C function is `uv_run`.
  public func runPending() {
    unsafe uv_run(pointer, UV_RUN_NOWAIT)
  }

  /// Has ``run()`` return after the current round. The C function is `uv_stop`.
  public func stop() {
    unsafe uv_stop(pointer)
  }

  /// The monotonic clock, in milliseconds, as the loop read it last: at the start of each round and
  /// after each poll for I/O. The C function is `uv_now`.
  public var nowMilliseconds: UInt64 { unsafe uv_now(pointer) }

  /// Updates ``nowMilliseconds`` within a round. The C function is `uv_update_time`.
  public func updateTime() { unsafe uv_update_time(pointer) }

  /// Reads the monotonic clock, in nanoseconds. The C function is `uv_hrtime`.
  public static var nowNanoseconds: UInt64 { uv_hrtime() }

  /// The loop that a handle belongs to.
  static func object(of handle: UnsafeMutablePointer<uv_handle_t>) -> Loop {
    // `init` stored it there, and a handle's loop outlives the handle.
    unsafe Unmanaged<Loop>.fromOpaque(handle.pointee.loop.pointee.data).takeUnretainedValue()
  }
}
