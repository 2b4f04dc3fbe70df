internal import CLibUV

/// libuv's threads for what would block the loop. The C type of a piece of work is `uv_work_t`.
public enum ThreadPool {
  /// What is to be done, and who is told on the loop's thread.
  private final class Work {
    let body: @Sendable () -> Int32
    var result: Int32 = 0
    let completion: (Int32) -> Void

    init(_ body: @escaping @Sendable () -> Int32, _ completion: @escaping (Int32) -> Void) {
      self.body = body
      self.completion = completion
    }
  }

  /// Runs `body` on another thread, then `completion` with its result on the loop's.
  ///
  /// The loop goes on running until then. The C function is `uv_queue_work`.
  public static func run(
    on loop: Loop, _ body: @escaping @Sendable () -> Int32,
    completion: @escaping (Int32) -> Void
  ) throws(UVError) {
    let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)
    let work = Work(body, completion)
    unsafe request.pointee.data = Unmanaged.passRetained(work).toOpaque()
    let status = unsafe uv_queue_work(
      loop.pointer, request,
      { request in
        // The loop's thread does not touch `work` until this has returned.
        guard let data = unsafe request?.pointee.data else { return }
        let work = unsafe Unmanaged<Work>.fromOpaque(data).takeUnretainedValue()
        work.result = work.body()
      },
      { request, _ in
        guard let work = unsafe ThreadPool.finish(request) else { return }
        work.completion(work.result)
      })
    if status < 0 {
      _ = unsafe finish(request)
      throw UVError(code: status)
    }
  }

  /// Frees the request, in one place for both outcomes.
  private static func finish(_ request: UnsafeMutablePointer<uv_work_t>?) -> Work? {
    guard let request = unsafe request, let data = unsafe request.pointee.data else { return nil }
    unsafe request.deallocate()
    return unsafe Unmanaged<Work>.fromOpaque(data).takeRetainedValue()
  }
}
