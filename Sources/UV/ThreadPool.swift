internal import CLibUV

/// libuv's threads for work that would block the loop. The C type of a work item is `uv_work_t`.
public enum ThreadPool {
  /// Runs `body` on another thread, then `completion` with its result on the loop's thread.
  ///
  /// The loop stays alive until then. The C function is `uv_queue_work`.
  public static func run<Value: Sendable>(
    on loop: Loop, _ body: @escaping @Sendable () -> Value,
    completion: @escaping (Value) -> Void
  ) throws(UVError) {
    let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)
    let work: Work = WorkWithValue(body, completion)
    unsafe request.pointee.data = Unmanaged.passRetained(work).toOpaque()
    let status = unsafe uv_queue_work(
      loop.pointer, request,
      { request in
        // The loop's thread does not access the work until this has returned.
        guard let data = unsafe request?.pointee.data else { return }
        unsafe Unmanaged<Work>.fromOpaque(data).takeUnretainedValue().perform()
      },
      { request, _ in unsafe ThreadPool.take(request)?.complete() })
    if status < 0 {
      _ = unsafe take(request)
      throw UVError(code: status)
    }
  }

  /// Frees the request, in one place for both outcomes.
  private static func take(_ request: UnsafeMutablePointer<uv_work_t>?) -> Work? {
    guard let request = unsafe request, let data = unsafe request.pointee.data else { return nil }
    unsafe request.deallocate()
    return unsafe Unmanaged<Work>.fromOpaque(data).takeRetainedValue()
  }
}

/// What to run on another thread, and what to run afterwards on the loop's thread. A C callback
/// cannot be generic, so it uses this base class.
private class Work {
  func perform() {}
  func complete() {}
}

private final class WorkWithValue<Value: Sendable>: Work {
  private let body: @Sendable () -> Value
  private let completion: (Value) -> Void
  private var value: Value?

  init(_ body: @escaping @Sendable () -> Value, _ completion: @escaping (Value) -> Void) {
    self.body = body
    self.completion = completion
  }

  override func perform() { value = body() }

  override func complete() {
    if let value { completion(value) }
  }
}
