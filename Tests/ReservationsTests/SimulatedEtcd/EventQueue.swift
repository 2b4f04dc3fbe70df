/// Simulated time, and its events in order.
final class EventQueue {
  private struct Event {
    var time: Int64
    /// Of two events at the same time, the one that was added first comes first.
    var number: Int
    var action: () -> Void

    func isBefore(_ other: Event) -> Bool { (time, number) < (other.time, other.number) }
  }

  /// In milliseconds.
  private(set) var now: Int64 = 0
  /// In reverse order: the next event is the last element.
  private var events: [Event] = []
  private var count = 0

  func schedule(afterMilliseconds delay: Int64, _ action: @escaping () -> Void) {
    count += 1
    let event = Event(time: now + max(0, delay), number: count, action: action)
    let index = events.lastIndex { event.isBefore($0) }.map { $0 + 1 } ?? 0
    events.insert(event, at: index)
  }

  /// Runs all events that are due within this time, and those that they add.
  func advance(byMilliseconds milliseconds: Int64) {
    let end = now + milliseconds
    while let next = events.last, next.time <= end {
      events.removeLast()
      now = next.time
      next.action()
    }
    now = end
  }

  /// Runs the next event, whenever it is due.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  func step() -> Bool {
    guard let next = events.last else { return false }
    advance(byMilliseconds: next.time - now)
    return true
  }
}
