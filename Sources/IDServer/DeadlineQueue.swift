/// Connections in the order of their deadlines.
///
/// All in one queue have the same time, so whichever joins goes last and the order holds by itself.
/// Joining and leaving cost a few pointers, whatever the length.
final class DeadlineQueue {
  private(set) var first: Connection?
  private var last: Connection?
  private let timeoutMilliseconds: UInt64?
  /// By how much a deadline may be late, so that a busy connection need not move at each request.
  private let slackMilliseconds: UInt64

  /// - Parameter timeoutMilliseconds: `nil` if there is no deadline, only an order.
  init(timeoutMilliseconds: Int?) {
    self.timeoutMilliseconds = timeoutMilliseconds.map(UInt64.init)
    slackMilliseconds = (self.timeoutMilliseconds ?? 0) / 64
  }

  /// The connections now in the queue, first to last.
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
    connection.previousInQueue = last
    if let last { last.nextInQueue = connection } else { first = connection }
    last = connection
  }

  func remove(_ connection: Connection) {
    let (previous, next) = (connection.previousInQueue, connection.nextInQueue)
    if let previous { previous.nextInQueue = next } else { first = next }
    if let next { next.previousInQueue = previous } else { last = previous }
    connection.previousInQueue = nil
    connection.nextInQueue = nil
  }

  /// Gives a connection its whole time again: puts it last, unless its deadline is late enough.
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
