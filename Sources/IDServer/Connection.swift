import HTTP1
import Reservations
import UV

/// One client's connection: joins its stream to its session.
///
/// At rest it owns no buffer. Its stream keeps it alive; when that has closed, it is gone.
final class Connection: TCPStreamHandler {
  private let server: Server
  private var stream: TCPStream?
  private let session: Session

  private(set) var state = State.idle
  /// When the bytes were read that are being answered, on the loop's clock, which nobody sets.
  private var readNanoseconds: UInt64 = 0
  /// How many bytes the client had not read when its deadline last came; 0 once it has read all.
  private var unreadByteCount = 0

  private let bufferShare = BufferBudget.Share()
  // Kept by `ConnectionTable` and `DeadlineQueue`.
  var enteredMilliseconds: UInt64 = 0
  var deadlineMilliseconds: UInt64 = 0
  var nextInQueue: Connection?
  var previousInQueue: Connection?

  init(server: Server) {
    self.server = server
    session = Session(server.service)
  }

  /// Takes over the connection that `listener` has reported; reads nothing yet.
  func accept(from listener: TCPListener) throws(UVError) {
    let stream = try TCPStream(accepting: listener, handler: self)
    self.stream = stream
    if let log = server.service.accessLog {
      session.log = ClientLog(log, client: (try? stream.peerAddress.unmappedHost) ?? "-")
    }
    server.connections.add(self)
    server.metrics.didAccept()
  }

  /// Reads from now on. With `hasInput`, the first bytes have most likely come already: they are
  /// answered at once, before the loop watches the connection.
  func startReading(hasInput: Bool) {
    guard let stream, !(hasInput && stream.readOnce()) else { return }
    setReading(true, on: stream)
  }

  /// Whether the client has had all its answers and asks nothing.
  var isAtRest: Bool { state == .idle && stream?.queuedByteCount == 0 }

  func close() { stream?.close() }
}

// MARK: - Events

extension Connection {
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    let now = server.now()
    server.metrics.didReceive(byteCount: bytes.count)
    if !state.isWaiting {
      server.resumeWaiting(at: now)  // Whoever has waited goes first.
      readNanoseconds = Loop.nowNanoseconds
    }
    let budget = server.budget(atNanoseconds: readNanoseconds)
    var output = server.outputs.take()
    let step = session.receive(bytes, at: now, within: budget, into: &output)
    finish(step, output, on: stream)
  }

  func streamDidReachEnd(_ stream: TCPStream) {
    finish(session.receiveEnd(), server.outputs.take(), on: stream)
  }

  func streamDidWrite(_ stream: TCPStream) {
    updateBufferShare(of: stream)
    guard stream.queuedByteCount == 0 else { return }
    unreadByteCount = 0
    switch state {
    case .closingWhenSent: stream.close()
    case .finishing: enter(.lingering)
    // In turn, and not here: thousands of clients can catch up at the same time.
    case .blocked:
      enter(.yielded)
      server.startNextSteps()
    // The time to its next request begins when it has read the last answer.
    case .idle: enter(.idle)
    case .head, .body, .waitingForFew, .waitingForBatch, .yielded, .postponed,
      .lingering:
      break
    }
  }

  func stream(_ stream: TCPStream, didFail error: UVError) { stream.close() }

  func streamDidBeginClosing(_ stream: TCPStream) {
    server.connections.didBeginClosing()
    server.service.bufferBudget.willFree(bufferShare)
    server.metrics.didClose()
  }

  func streamDidClose(_ stream: TCPStream) {
    self.stream = nil
    session.discard()
    server.service.bufferBudget.update(bufferShare, of: self, to: 0)
    server.connections.remove(self)
  }
}

// MARK: - Steps

extension Connection {
  /// Goes on with what has not been answered.
  ///
  /// - Returns: false if its request waits for IDs as it did before.
  @discardableResult
  func resume(at now: ClockReading, within budget: StepBudget) -> Bool {
    guard let stream, !stream.isClosing else {
      enter(.lingering)  // It is closing: it must not be found again as the next one to resume.
      return true
    }
    var output = server.outputs.take()
    let step = session.resume(at: now, within: budget, into: &output)
    if case .waiting(let size) = step, state == State(waitingFor: size), output.isEmpty {
      server.outputs.giveBack(output)
      updateBufferShare(of: stream)
      return false
    }
    finish(step, output, on: stream)
    return true
  }

  /// Answers `problem` to whatever the client will ask, and closes.
  func refuse(_ problem: Problem) {
    guard let stream, !stream.isClosing else { return }
    readNanoseconds = Loop.nowNanoseconds
    var output = server.outputs.take()
    let step = session.refuse(problem, at: server.now(), into: &output)
    finish(step, output, on: stream)
  }

  /// Sends what a step has written, and does what is next.
  private func finish(
    _ step: Session.Step, _ output: consuming OutputBuffer, on stream: TCPStream
  ) {
    let hasAnswered = !output.isEmpty
    guard server.send(output, to: stream, readNanoseconds: readNanoseconds) else { return }
    updateBufferShare(of: stream)
    guard !stream.isClosing else { return }  // Evicted.
    switch step {
    case .ended(let ending): return end(ending, on: stream)
    // What comes next would only add to what the client does not read. A client that must not send
    // is not to blame for a request that is not whole.
    case _ where !canQueueMore(on: stream):
      session.releaseWaiterSlot()
      enter(.blocked)
    // More bytes of one head or body do not give it more time.
    case .reading(.request): restart(.idle, if: hasAnswered)
    case .reading(.head): restart(.head, if: hasAnswered)
    case .reading(.body): restart(.body, if: hasAnswered)
    case .waiting(let size):
      // More bytes behind a request that waits do not change its place.
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

  private var mayRead: Bool {
    switch state {
    case .yielded, .postponed, .blocked: false
    case .waitingForFew, .waitingForBatch: session.pendingByteCount < Limits.pendingBytes
    case .idle, .head, .body, .closingWhenSent, .finishing, .lingering: true
    }
  }

  private func canQueueMore(on stream: TCPStream) -> Bool {
    let queued = stream.queuedByteCount
    guard queued > 0 else { return true }
    return queued < server.service.limits.queuedBytes && !server.service.bufferBudget.isHalfUsed
  }

  private func setReading(_ isReading: Bool, on stream: TCPStream) {
    guard isReading else {
      session.didPauseReading(isBetweenSteps: state == .yielded || state == .postponed)
      return stream.stopReading()
    }
    if (try? stream.startReading()) == nil { stream.close() }
  }

  /// Closes once the client has all its answers.
  ///
  /// Unless the client sends nothing more, the server closes its half, and reads until the client
  /// closes, too: RFC 9112 §9.6.
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

  /// Enters a state unless it is in it; with `isRenewed`, it gets its whole time in any case.
  @discardableResult
  private func restart(_ newState: State, if isRenewed: Bool) -> Bool {
    guard isRenewed || newState != state else { return false }
    enter(newState)
    return true
  }

  /// Enters a state, with its whole time ahead.
  private func enter(_ newState: State) {
    let oldState = state
    state = newState
    server.connections.move(self, from: oldState)
  }
}

// MARK: - Memory

extension Connection: BufferHolder {
  /// Brings its share of the budget up to date. That may evict any connection, this one included.
  private func updateBufferShare(of stream: TCPStream) {
    guard !stream.isClosing else { return session.discard() }
    let byteCount = session.heldByteCount + stream.queueMemoryByteCount
    guard byteCount != bufferShare.byteCount else { return }
    server.service.bufferBudget.update(bufferShare, of: self, to: byteCount)
  }

  /// Closes, because all clients together hold too much.
  func evict() {
    server.metrics.didDrop()
    session.discard()
    close()
  }
}

// MARK: - Time

extension Connection {
  /// Its deadline has come.
  func expire() {
    guard let stream, !stream.isClosing else { return }
    switch state {
    case .idle, .blocked, .closingWhenSent, .finishing:
      if isProgressing(stream) { enter(state) } else { stream.close() }
    case .waitingForFew, .waitingForBatch, .yielded, .postponed, .lingering: stream.close()
    case .head, .body:
      readNanoseconds = Loop.nowNanoseconds  // What it waited for never came.
      var output = server.outputs.take()
      let step = session.timeOut(at: server.now(), into: &output)
      finish(step, output, on: stream)
    }
  }

  /// Whether the client has read some of what is queued for it since this was asked last.
  private func isProgressing(_ stream: TCPStream) -> Bool {
    let unread = stream.queuedByteCount
    defer { unreadByteCount = unread }
    return unread > 0 && (unreadByteCount == 0 || unread < unreadByteCount)
  }
}
