import UV

/// How much one step of a session may do before all other connections have had their turn.
struct StepBudget: Equatable {
  /// The sum of what its answers may cost: see ``Route/cost``. It ends with the answer that reaches it.
  let cost: Int
  /// Whether it answers requests for much; if not, such a request waits for the next step.
  let answersLarge: Bool
  /// How many bytes are read for it at most. A read of as many may have left some behind.
  private(set) var readBytes: Int

  /// What a step has as a rule, and one that was postponed.
  static let whole = StepBudget(cost: 128, answersLarge: true, readBytes: Loop.readBufferBytes)

  /// What the next step has of a session that has yielded.
  static let light = StepBudget(cost: 128, answersLarge: false, readBytes: Loop.readBufferBytes)

  /// What a step has when the loop is late, or with many others that have waited for a millisecond: so
  /// much that a client that asks for little is answered at once, and so little that it hardly matters
  /// how many others ask for much.
  static let brief = StepBudget(cost: 16, answersLarge: false, readBytes: 1024)

  /// The same for a step whose bytes were read with another limit.
  func whereRead(atMost readBytes: Int) -> StepBudget {
    var budget = self
    budget.readBytes = readBytes
    return budget
  }

  /// For how long the loop may handle what has come before it is late.
  static let lateNanoseconds: Int64 = 2_000_000
}

extension Route {
  /// What its answer costs, roughly in units of an answer to `/id`.
  var cost: Int {
    switch self {
    case .id, .health, .ready, .decode, .options: 1
    case .ids(let count, _): count <= RequestSize.fewCount ? 1 : 16
    case .page, .apiDescription, .metrics, .problem: 16
    }
  }

  /// Whether its answer is large: tens of kilobytes, which take tens of microseconds to send.
  var isLarge: Bool {
    switch self {
    case .page, .apiDescription, .metrics: true
    case .ids(let count, _): count > RequestSize.fewCount
    case .id, .health, .ready, .decode, .options, .problem: false
    }
  }
}
