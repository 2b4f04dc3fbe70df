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

  private(set) var phase = Phase.idle
  private var hasReachedEnd = false
  /// Whether bytes have come behind the last request that is answered.
  private var hasSentMore = false
  /// Whether it is being closed because all together hold too much.
  private var isDropped = false
  /// When the bytes were read that are being answered, on the loop's clock: nobody sets that one.
  private var readNanoseconds: UInt64 = 0
  /// The bytes that the client had not read when its deadline last came.
  private var unreadByteCount = 0
  /// Its part of ``IDService/heldMemory``.
  private(set) var heldByteCount = 0

  /// When it was last answered or changed its phase, on the loop's clock: for `ConnectionTable`.
  var lastTurnMilliseconds: UInt64 = 0
  // Kept by `DeadlineQueue`.
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
  var isAtRest: Bool { phase == .idle && session.isIdle && stream?.queuedByteCount == 0 }

  var isClosing: Bool { stream?.isClosing ?? true }

  /// Whether nothing more is answered, only sent.
  private var hasEnded: Bool { phase == .finishing || phase == .lingering }

  func close() { stream?.close() }
}

// MARK: - What the stream tells

extension Connection {
  func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    if hasEnded {
      hasSentMore = true  // Read so that closing does not reset.
      return
    }
    let now = server.now()
    server.metrics.didReceive(byteCount: bytes.count)
    if !phase.isWaiting {
      server.resumeWaiting(at: now)  // Whoever has waited goes first.
      readNanoseconds = Loop.nowNanoseconds
    }
    take(on: stream, &server.output) { session.receive(bytes, at: now, into: &$0) }
  }

  func streamDidReachEnd(_ stream: TCPStream) {
    hasReachedEnd = true
    // A client that has only closed its half still gets what it asked for.
    if hasEnded || isAtRest || phase == .head || phase == .body { end(stream) }
  }

  func streamDidWrite(_ stream: TCPStream) {
    noteHeldBytes(of: stream)
    guard stream.queuedByteCount == 0 else { return }
    if hasEnded { return end(stream) }
    guard !phase.isWaiting else { return }
    // The time to its next request begins when it has read the last answer.
    if phase == .idle { enter(.idle) }
    resume()
  }

  func stream(_ stream: TCPStream, didFail error: UVError) { stream.close() }

  func streamDidBeginClosing(_ stream: TCPStream) {
    server.connections.didBeginClosing()
    server.metrics.didClose()
  }

  func streamDidClose(_ stream: TCPStream) {
    self.stream = nil
    session.stopWaiting()
    server.service.heldMemory.didFree(heldByteCount, announced: isDropped)
    server.connections.remove(self)
  }
}

// MARK: - Turns

extension Connection {
  /// Goes on with what could not be answered, or not be sent, before.
  func resume() {
    guard let stream, !stream.isClosing else { return }
    let now = server.now()
    take(on: stream, &server.output) { session.resume(at: now, into: &$0) }
  }

  /// Asks again for the IDs that its request waits for.
  ///
  /// - Returns: false if there are still none, and nothing has changed.
  func resumeWaiting(at now: ClockReading) -> Bool {
    guard let stream, !stream.isClosing else {
      enter(.lingering)  // It is about to leave the table.
      return true
    }
    return take(on: stream, &server.output) { session.resume(at: now, into: &$0) }
  }

  /// Answers `problem` to whatever the client will ask, and closes.
  func refuse(_ problem: Problem) {
    guard let stream, !stream.isClosing else { return }
    let now = server.now()
    readNanoseconds = Loop.nowNanoseconds
    take(on: stream, &server.output) {
      session.refuse(problem, at: now, into: &$0)
      return .ended
    }
  }

  /// Takes a turn of the session, sends what it has produced, and does what is next.
  ///
  /// - Parameter output: the server's, borrowed once for all of it: nothing here reaches it otherwise.
  /// - Returns: false if a request waits as it did before.
  @discardableResult
  private func take(
    on stream: TCPStream, _ output: inout OutputBuffer,
    _ turn: (inout OutputBuffer) -> Session.Turn
  ) -> Bool {
    let turn = turn(&output)
    let isAsBefore = turn == .waiting && phase.isWaiting && output.isEmpty
    goOn(after: turn, on: stream, &output)
    noteHeldBytes(of: stream)
    return !isAsBefore
  }

  private func goOn(
    after firstTurn: Session.Turn, on stream: TCPStream, _ output: inout OutputBuffer
  ) {
    var turn = firstTurn
    while true {
      let hasAnswered = !output.isEmpty
      guard server.send(&output, to: stream, readNanoseconds: readNanoseconds) else { return }
      switch turn {
      case .reading: return awaitRequest(on: stream, hasAnswered: hasAnswered)
      case .waiting:
        // The next millisecond would only add to what the client does not read.
        guard canQueueMore(on: stream) else { return awaitDrain(of: stream) }
        return awaitMillisecond(on: stream, hasAnswered: hasAnswered)
      case .ended: return end(stream)
      case .full:
        guard canQueueMore(on: stream) else { return awaitDrain(of: stream) }
        turn = session.resume(at: server.now(), into: &output)
      }
    }
  }

  private func canQueueMore(on stream: TCPStream) -> Bool {
    let queued = stream.queuedByteCount
    guard queued > 0 else { return true }
    noteHeldBytes(of: stream)
    return queued < server.service.limits.queuedBytes && !server.service.heldMemory.isHalfUsed
  }

  /// Does nothing more for the client until it has read what is queued for it.
  private func awaitDrain(of stream: TCPStream) {
    session.releaseWaiterSlot()
    enter(.idle)
    setReading(false, on: stream)
  }

  private func awaitRequest(on stream: TCPStream, hasAnswered: Bool) {
    if hasReachedEnd { return end(stream) }
    let canRead = canQueueMore(on: stream)
    // It is not for the client to finish a request that is not read.
    guard canRead || session.isIdle else { return awaitDrain(of: stream) }
    let newPhase: Phase = session.isIdle ? .idle : session.isInBody ? .body : .head
    // More bytes of one head or body do not give it more time.
    if newPhase != phase || hasAnswered { enter(newPhase) }
    setReading(canRead, on: stream)
  }

  private func awaitMillisecond(on stream: TCPStream, hasAnswered: Bool) {
    // More bytes behind a request that waits do not change its place.
    let newPhase = Phase(waitingFor: session.waitingSize ?? .few)
    if phase != newPhase || hasAnswered {
      enter(newPhase)
      server.metrics.didWait()
      server.startMillisecondTimer()
    }
    setReading(session.pendingByteCount < Limits.pendingBytes, on: stream)
  }

  private func setReading(_ isReading: Bool, on stream: TCPStream) {
    guard isReading, !hasReachedEnd else {
      session.didStopReading()
      return stream.stopReading()
    }
    if (try? stream.startReading()) == nil { stream.close() }
  }

  /// Closes once the client has all its answers.
  ///
  /// The client is told by the end of the stream, and read from until it closes too, unless it has
  /// said that it sends nothing more: RFC 9112 §9.6.
  private func end(_ stream: TCPStream) {
    let isSent = stream.queuedByteCount == 0
    if isSent, hasReachedEnd || session.clientIsDone && !hasSentMore { return stream.close() }
    if !hasEnded {
      stream.shutdown()
      setReading(true, on: stream)
    }
    let newPhase = isSent ? Phase.lingering : .finishing
    if newPhase != phase { enter(newPhase) }
  }

  /// Begins a phase, with its whole time ahead.
  private func enter(_ newPhase: Phase) {
    let oldPhase = phase
    phase = newPhase
    server.connections.move(self, from: oldPhase)
  }
}

// MARK: - What it makes the server hold

extension Connection {
  /// Brings its part of the sum of all up to date. Where that gets too much, those with the greatest
  /// parts are closed, whoever it was that added.
  private func noteHeldBytes(of stream: TCPStream) {
    guard !stream.isClosing else { return session.discard() }
    let change = session.heldByteCount + stream.queueMemoryByteCount - heldByteCount
    guard change != 0 else { return }
    heldByteCount += change
    server.service.heldMemory.add(change)
    if change > 0 { server.dropGreatestHolders() }
  }

  /// Closes, because all together hold too much.
  func drop() {
    isDropped = true
    server.service.heldMemory.willFree(heldByteCount)
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
    switch phase {
    case .idle where isProgressing(stream), .finishing where isProgressing(stream): enter(phase)
    case .idle, .waitingForFew, .waitingForBatch, .finishing, .lingering: stream.close()
    case .head, .body:
      let now = server.now()
      readNanoseconds = Loop.nowNanoseconds  // What it waited for never came.
      take(on: stream, &server.output) {
        session.timeOut(at: now, into: &$0)
        return .ended
      }
    }
  }

  /// Whether the client has read some of what is queued for it since this was asked last.
  private func isProgressing(_ stream: TCPStream) -> Bool {
    let unread = stream.queuedByteCount
    defer { unreadByteCount = unread }
    return unread > 0 && (unreadByteCount == 0 || unread < unreadByteCount)
  }
}
