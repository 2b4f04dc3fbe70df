/// Connections in the order of their deadlines.
///
/// All connections in a queue have the same timeout, so appending keeps the order. It is a linked
/// list: insertion and removal take constant time.
final class DeadlineQueue {
  private(set) var first: Connection?
  private(set) var last: Connection?
  private(set) var count = 0
  private let timeoutMilliseconds: UInt64?
  /// The tolerance for deadlines, so that a busy connection need not move with each request.
  private let slackMilliseconds: UInt64

  /// - Parameter timeoutMilliseconds: `nil` for a queue without deadlines, in order of arrival.
  init(timeoutMilliseconds: Int?) {
    self.timeoutMilliseconds = timeoutMilliseconds.map(UInt64.init)
    slackMilliseconds = (self.timeoutMilliseconds ?? 0) / 64
  }

  /// The connections in the queue, first to last.
  var all: [Connection] {
    Array(
      sequence(state: first) { next in
        defer { next = next?.nextInQueue }
        return next
      })
  }

  func append(_ connection: Connection, nowMilliseconds: UInt64) {
    connection.deadlineMilliseconds =
      timeoutMilliseconds.map { nowMilliseconds + $0 + slackMilliseconds } ?? .max
    count += 1
    connection.previousInQueue = last
    if let last { last.nextInQueue = connection } else { first = connection }
    last = connection
  }

  func remove(_ connection: Connection) {
    let (previous, next) = (connection.previousInQueue, connection.nextInQueue)
    count -= 1
    if let previous { previous.nextInQueue = next } else { first = next }
    if let next { next.previousInQueue = previous } else { last = previous }
    connection.previousInQueue = nil
    connection.nextInQueue = nil
  }

  /// Restarts a connection's timeout: moves it to the end, unless its deadline is within the
  /// tolerance.
  func restart(_ connection: Connection, nowMilliseconds: UInt64) {
    if let timeoutMilliseconds,
      connection.deadlineMilliseconds >= nowMilliseconds + timeoutMilliseconds
    {
      return
    }
    remove(connection)
    append(connection, nowMilliseconds: nowMilliseconds)
  }
}
