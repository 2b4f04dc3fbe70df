/// How much memory the unread responses and unfinished requests of all clients take.
///
/// From half of what is allowed on, a client that has not read its last responses is not read from.
/// Past the whole, the connections that hold most are closed; but their memory is not free before the
/// end of the loop's round, so there is a little more of it, and past that nothing is queued.
struct HeldMemory {
  let limitBytes: Int
  /// Of all connections, in bytes.
  private(set) var byteCount = 0
  /// Of those that are being closed because of it.
  private var closingByteCount = 0

  init(limitBytes: Int) {
    self.limitBytes = limitBytes
  }

  var isHalfUsed: Bool { byteCount >= limitBytes / 2 }
  var isExceeded: Bool { byteCount - closingByteCount > limitBytes }
  var isExhausted: Bool { byteCount >= limitBytes + limitBytes / 2 }

  /// What a connection holds has changed.
  mutating func add(_ count: Int) { byteCount += count }

  /// A connection that holds so much is being closed because of it.
  mutating func willFree(_ count: Int) { closingByteCount += count }

  /// A connection that has held so much has closed.
  mutating func didFree(_ count: Int, announced: Bool) {
    byteCount -= count
    if announced { closingByteCount -= count }
  }
}
