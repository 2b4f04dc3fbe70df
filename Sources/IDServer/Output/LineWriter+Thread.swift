import Glibc
import Synchronization

// The thread of a line writer. It starts with the first line that cannot be written at once.

extension LineWriter {
  /// Starts the thread if it has not started.
  ///
  /// - Returns: whether the caller must wake it after releasing the lock.
  func prepareThread(_ state: inout LineWriterState) -> Bool {
    switch state.thread {
    case .writing: return false
    case .idle:
      state.thread = .writing
      return true
    case .none where startThread(&state):
      state.thread = .writing
      return false
    case .none, .closed:
      state.dropAll(error: EAGAIN)
      return false
    }
  }

  /// Wakes the thread. The C function is `send`.
  func wakeThread() {
    let end = state.withLock { $0.ends.caller }
    Self.sendByte(to: end)
  }

  /// Waits until all lines have been written, but no longer than `milliseconds`. If a write has not
  /// ended in that time, later calls do not wait for it again.
  ///
  /// - Returns: false if the time was too short.
  @discardableResult
  package func flush(withinMilliseconds milliseconds: Int32) -> Bool {
    let (isDone, end) = state.withLock { state in
      state.isAwaited = state.thread == .writing && !state.isHanging
      return (state.thread != .writing, state.isAwaited ? state.ends.caller : -1)
    }
    guard end >= 0 else { return isDone }
    var request = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&request, 1, milliseconds) < 0, errno == EINTR {}
    return state.withLock { state in
      // The thread answers while it holds the lock, so it cannot answer between these checks.
      if state.isAwaited {
        (state.isAwaited, state.isHanging) = (false, true)
        return false
      }
      Self.receiveByte(from: end)
      return true
    }
  }

  /// Flushes, drops the lines that could not be written in that time, and ends the thread.
  package func close(withinMilliseconds milliseconds: Int32) {
    flush(withinMilliseconds: milliseconds)
    let end = state.withLock { state in
      state.dropAll(error: 0)
      state.thread = .closed
      return state.ends.caller
    }
    Self.sendByte(to: end)
  }

  /// Starts the thread. The C functions are `socketpair` and `pthread_create`.
  private func startThread(_ state: inout LineWriterState) -> Bool {
    if state.ends.caller < 0 {
      var ends: [Int32] = [-1, -1]
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return false }
      state.ends = (caller: ends[0], thread: ends[1])
    }
    var thread = pthread_t()
    // The thread retains the writer until it ends.
    let writer = unsafe Unmanaged.passRetained(self)
    let status = unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<LineWriter>.fromOpaque(context).takeRetainedValue().runThread()
        return nil
      }, writer.toOpaque())
    guard status == 0 else {
      unsafe writer.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  func closeEnds() {
    let ends = state.withLock { $0.ends }
    for end in [ends.caller, ends.thread] where end >= 0 { Glibc.close(end) }
  }

  private func runThread() {
    Self.blockSignals()
    while true {
      let (batch, end, isClosed) = state.withLock { state in
        let isClosed = state.thread == .closed
        let batch = isClosed ? [] : state.takeBatch()
        if batch.isEmpty, !isClosed { becomeIdle(&state) }
        return (batch, state.ends.thread, isClosed)
      }
      if isClosed { return }
      if batch.isEmpty {
        Self.receiveByte(from: end)
      } else {
        let error = writeBatch(batch, wokenBy: end)
        state.withLock { if $0.thread != .closed { $0.finishBatch(error) } }
      }
    }
  }

  private func becomeIdle(_ state: inout LineWriterState) {
    (state.thread, state.isHanging) = (.idle, false)
    guard state.isAwaited else { return }
    state.isAwaited = false
    Self.sendByte(to: state.ends.thread)
  }

  /// - Returns: 0, or the `errno` of a write that has failed.
  private func writeBatch(_ batch: [UInt8], wokenBy end: Int32) -> Int32 {
    var index = 0
    while index < batch.count {
      switch output.write(batch.span.extracting(index..<batch.count)) {
      case .written(let count):
        index += count
        state.withLock { $0.writtenCount = index }
      case .full:
        output.waitUntilWritable(or: end)
        if state.withLock({ $0.thread == .closed }) { return ECANCELED }
      case .failed(let error): return error
      }
    }
    return 0
  }

  /// Blocks all signals, so that the loop's thread gets them. The C function is `pthread_sigmask`.
  private static func blockSignals() {
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
  }

  private static func sendByte(to end: Int32) {
    guard end >= 0 else { return }
    var byte: UInt8 = 0
    _ = unsafe send(end, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
  }

  private static func receiveByte(from end: Int32) {
    var byte: UInt8 = 0
    while unsafe recv(end, &byte, 1, 0) < 0, errno == EINTR {}
  }
}
