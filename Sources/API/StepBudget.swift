/// The work that a session may do in one step, before other connections get theirs.
package struct StepBudget: Equatable {
  /// The limit for the sum of its responses' costs: see ``Route/cost``. The step ends with the
  /// response that reaches it.
  package let cost: Int
  /// Whether it answers expensive requests; if not, such a request waits for the next step.
  let answersExpensive: Bool
  /// The maximum number of bytes to read for it. If a read returns that many, more may be left.
  package private(set) var readBytes: Int

  /// The usual budget, and that of a postponed connection.
  package static let whole = StepBudget(
    cost: 128, answersExpensive: true, readBytes: Limits.readBytes)

  /// The budget of a yielded connection's next step.
  package static let light = StepBudget(
    cost: 128, answersExpensive: false, readBytes: Limits.readBytes)

  /// The budget when the loop is late, or for requests that have waited for the next timestamp.
  /// It is large enough to answer a client with a few cheap requests at once, and small enough to
  /// bound the delay that thousands of other clients cause.
  package static let brief = StepBudget(cost: 16, answersExpensive: false, readBytes: 1024)

  /// The same budget, for bytes that were read with another limit.
  package func whereRead(atMost readBytes: Int) -> StepBudget {
    var budget = self
    budget.readBytes = readBytes
    return budget
  }
}

extension Route {
  /// The cost of its response, roughly in units of a response to `/id`.
  var cost: Int {
    switch self {
    case .id, .health, .ready, .decode, .bounds, .options: 1
    case .ids(let count, _): count <= RequestSize.fewCount ? 1 : 16
    case .page, .apiDescription, .metrics, .problem: 16
    }
  }

  /// Whether its response takes tens of microseconds; a short step postpones it.
  var isExpensive: Bool {
    switch self {
    case .page, .apiDescription, .metrics: true
    case .ids(let count, _): count > RequestSize.fewCount
    case .id, .health, .ready, .decode, .bounds, .options, .problem: false
    }
  }
}
