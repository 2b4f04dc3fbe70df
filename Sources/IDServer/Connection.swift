import API
import HTTP1
import Reservations
import UV

/// A client's connection: passes bytes between its stream and its session.
///
/// At rest it owns no buffer. The stream retains it until it has closed.
final class Connection: TCPStreamHandler {
  let server: Server
  let port: Port
  private(set) var stream: TCPStream?
  let session: Session
  private(set) var state = State.idle
  /// The time, on the monotonic clock, at which the bytes that are being answered were read.
  private var readNanoseconds: UInt64 = 0
  /// The number of unread bytes when the deadline last expired; 0 once the client has read all.
  private var unreadByteCount = 0

  /// `nil` while it holds nothing.
  private var bufferShare: BufferBudget.Share?
  /// The first bytes of a TLS handshake that waits for its turn.
  var greeting: [UInt8] = []
  // Managed by `ConnectionTable` and `DeadlineQueue`.
  var enteredMilliseconds: UInt64 = 0
  var deadlineMilliseconds: UInt64 = 0
  var nextInQueue: Connection?
  var previousInQueue: Connection?

  init(server: Server, port: Port) {
    self.server = server
    self.port = port
    session = Session(server.service, at: port.router)
  }

  /// Takes over the connection that `listener` has accepted; does not read yet.
  func accept(from listener: TCPListener) throws(UVError) {
    let stream = try TCPStream(accepting: listener, handler: self)
    self.stream = stream
    if port.security != nil { state = .connected }
    port.connections.add(self)
    port.metrics.didAccept()
    startLogging(stream)
  }

  /// Starts reading.
  ///
  /// - Parameter hasInput: whether the first bytes have probably arrived. If so, it reads and
  ///   answers them at once, before the loop watches the connection.
  func startReading(hasInput: Bool) {
    guard let stream, !(hasInput && stream.readOnce()) else { return }
    setReading(true, on: stream)
  }

  /// Whether all responses have been sent, and neither a request nor a handshake has begun.
  var isAtRest: Bool {
    state == .idle && stream?.queuedByteCount == 0 || state == .connected
  }

  func close() { stream?.close() }
}

// MARK: - Events

extension Connection {
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    if state == .connected { return postponeHandshake(bytes, on: stream) }
    receive(bytes, fromByteCount: bytes.count, on: stream)
  }

  /// Passes bytes to the session, which were `readByteCount` bytes on the wire.
  @inline(__always)
  func receive(
    _ bytes: Span<UInt8>, fromByteCount readByteCount: Int, on stream: TCPStream
  ) {
    let now = server.now()
    port.metrics.didReceive(byteCount: bytes.count)
    if !state.isWaiting {
      server.resumeWaiting(at: now)  // Requests that have waited go first.
      readNanoseconds = Loop.nowNanoseconds
    }
    var budget = server.budget(atNanoseconds: readNanoseconds)
    // Whether more bytes wait depends on those that were read, of which these are only a part.
    if readByteCount > bytes.count, readByteCount >= budget.readBytes {
      budget = budget.whereRead(atMost: bytes.count)
    }
    var output = server.outputs.take()
    let step = session.receive(bytes, at: now, within: budget, into: &output)
    finish(step, output, on: stream)
  }

  func streamDidReachEnd(_ stream: TCPStream) {
    if state == .connected { return self.stream(stream, didFail: .connectionReset) }
    finish(session.receiveEnd(), server.outputs.take(), on: stream)
  }

  func streamDidWrite(_ stream: TCPStream) {
    updateBufferShare(of: stream)
    guard stream.queuedByteCount == 0 else { return }
    unreadByteCount = 0
    switch state {
    case .closingWhenSent: stream.close()
    case .finishing: enter(.lingering)
    // Not in this callback: thousands of clients can catch up at the same time.
    case .blocked:
      enter(.yielded)
      server.startNextSteps()
    // The idle timeout begins when the client has read the last response.
    case .idle: enter(.idle)
    case .connected, .greeted, .handshake, .head, .body, .waitingForFew, .waitingForBatch, .yielded,
      .postponed, .lingering:
      break
    }
  }

  func streamDidBeginClosing(_ stream: TCPStream) {
    port.connections.didBeginClosing()
    if let bufferShare { port.bufferBudget.willFree(bufferShare) }
    port.metrics.didClose()
  }

  func streamDidClose(_ stream: TCPStream) {
    self.stream = nil
    session.discard()
    if let bufferShare { port.bufferBudget.update(bufferShare, of: self, to: 0) }
    port.connections.remove(self)
    server.continueHandshakes(on: port)
  }
}

// MARK: - Steps

extension Connection {
  /// Takes the next step of the session.
  ///
  /// - Returns: false if its request still waits for IDs.
  @discardableResult
  func resume(at now: ClockReading, within budget: StepBudget) -> Bool {
    guard let stream, !stream.isClosing else {
      enter(.lingering)  // It is closing, and must leave the queue of those to resume.
      return true
    }
    var output = server.outputs.take()
    let step = session.resume(at: now, within: budget, into: &output)
    if case .waiting(let size) = step, state == State(waitingFor: size), output.isEmpty {
      server.outputs.recycle(output)
      updateBufferShare(of: stream)
      return false
    }
    finish(step, output, on: stream)
    return true
  }

  /// Responds with `problem`, whatever the client's request is, and closes.
  func refuse(_ problem: Problem) {
    guard let stream, !stream.isClosing else { return }
    readNanoseconds = Loop.nowNanoseconds
    var output = server.outputs.take()
    let step = session.refuse(problem, at: server.now(), into: &output)
    finish(step, output, on: stream)
  }

  /// Sends the output of a step, and enters the state that follows from how the step ended.
  private func finish(
    _ step: Session.Step, _ output: consuming OutputBuffer, on stream: TCPStream
  ) {
    let hasAnswered = !output.isEmpty
    guard server.send(output, to: stream, of: port, readNanoseconds: readNanoseconds) else {
      return
    }
    updateBufferShare(of: stream)
    guard !stream.isClosing else { return }  // Evicted.
    switch step {
    case .ended(let ending): return end(ending, on: stream)
    // Another response would only add to the unread ones. While reading is paused, the client
    // cannot complete a request, so no head or body timeout may run.
    case _ where !canQueueMore(on: stream):
      session.releaseWaiterSlot()
      enter(.blocked)
    // More bytes of the same head or body do not restart its timeout.
    case .reading(.request): restart(.idle, if: hasAnswered)
    case .reading(.head): restart(.head, if: hasAnswered)
    case .reading(.body): restart(.body, if: hasAnswered)
    case .waiting(let size):
      // More bytes after a waiting request do not change its place in the queue.
      if restart(State(waitingFor: size), if: hasAnswered) { server.didBeginWaiting() }
    case .yielded:
      enter(.yielded)
      server.startNextSteps()
    case .postponed:
      enter(.postponed)
      server.startNextSteps()
    }
    setReading(mayRead, on: stream)
  }

  private var mayRead: Bool { state.mayRead(pendingByteCount: session.pendingByteCount) }

  func canQueueMore(on stream: TCPStream) -> Bool {
    let queued = stream.queuedByteCount
    guard queued > 0 else { return true }
    return queued < server.service.limits.queuedBytes && !port.bufferBudget.isHalfUsed
  }

  func setReading(_ isReading: Bool, on stream: TCPStream) {
    guard isReading else {
      session.didPauseReading(isBetweenSteps: state == .yielded || state == .postponed)
      return stream.stopReading()
    }
    if (try? stream.startReading()) == nil { stream.close() }
  }

  /// Closes the connection once all responses have been sent.
  ///
  /// If the client may still send, the server half-closes the connection first, and reads until the
  /// client closes: RFC 9112 §9.6.
  private func end(_ ending: Session.Ending, on stream: TCPStream) {
    let isSent = stream.queuedByteCount == 0
    switch (ending, isSent) {
    case (.clientIsDone, true): return stream.close()
    case (.clientIsDone, false): restart(.closingWhenSent, if: false)
    case (.clientMaySend, _):
      if state != .finishing, state != .lingering { stream.shutdown() }
      restart(isSent ? .lingering : .finishing, if: false)
    }
    setReading(mayRead, on: stream)
  }

  /// Enters a state. If the connection is in it already, its timeout restarts only with
  /// `isRenewed`.
  @discardableResult
  private func restart(_ newState: State, if isRenewed: Bool) -> Bool {
    guard isRenewed || newState != state else { return false }
    enter(newState)
    return true
  }

  /// Enters a state and starts its timeout.
  func enter(_ newState: State) {
    let oldState = state
    state = newState
    port.connections.move(self, from: oldState)
  }
}

// MARK: - Memory

extension Connection: BufferHolder {
  /// Updates its share of the buffer budget. That may evict any connection, including this one.
  func updateBufferShare(of stream: TCPStream) {
    guard !stream.isClosing else { return session.discard() }
    updateBufferShare(to: session.heldByteCount + stream.memoryByteCount)
  }

  @inline(__always)
  func updateBufferShare(to byteCount: Int) {
    guard byteCount != bufferShare?.byteCount ?? 0 else { return }
    let share = bufferShare ?? BufferBudget.Share()
    bufferShare = byteCount > 0 ? share : nil
    port.bufferBudget.update(share, of: self, to: byteCount)
  }

  /// Closes, because all clients together exceed the buffer budget.
  func evict() {
    port.metrics.didEvict()
    session.discard()
    close()
  }
}

// MARK: - Time

extension Connection {
  /// Called when the deadline of its state has expired.
  func expire() {
    guard let stream, !stream.isClosing else { return }
    switch state {
    case .idle, .blocked, .closingWhenSent, .finishing:
      if isProgressing(stream) { enter(state) } else { stream.close() }
    case .connected, .greeted, .handshake:
      server.didFailHandshake(of: stream, on: port)
      stream.close()
    case .waitingForFew, .waitingForBatch, .yielded, .postponed, .lingering: stream.close()
    case .head, .body:
      readNanoseconds = Loop.nowNanoseconds  // Nothing was read for this response.
      var output = server.outputs.take()
      let step = session.timeOut(at: server.now(), into: &output)
      if step == .reading(.request), stream.memoryByteCount > 0 { stream.close() }
      finish(step, output, on: stream)
    }
  }

  /// Whether the client has read some of its queued responses since the last call.
  private func isProgressing(_ stream: TCPStream) -> Bool {
    let unread = stream.queuedByteCount
    defer { unreadByteCount = unread }
    return unread > 0 && (unreadByteCount == 0 || unread < unreadByteCount)
  }
}
