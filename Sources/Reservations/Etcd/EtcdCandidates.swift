/// A machine ID that can be claimed now.
struct EtcdCandidate {
  let machineID: Int
  /// What the compare and swap expects at the key.
  let expectation: EtcdRequest.Expectation
  let found: Reservation
}

/// Machine IDs that can be claimed. Those without a record are kept as gaps between those with one,
/// because a layout can have a million of them.
struct EtcdCandidates {
  /// Those with a record.
  private var recorded: [EtcdCandidate]
  /// Those without, in ascending order. None is empty.
  private var gaps: [ClosedRange<Int>] = []
  private var epochUnixMilliseconds: Int64 = 0

  /// Candidates that have a record, the best first.
  init(_ recorded: [EtcdCandidate]) { self.recorded = recorded }

  /// Candidates that have a record, and all others of `machineIDs`.
  ///
  /// - Parameters:
  ///   - recorded: in ascending order.
  ///   - present: the machine IDs that have a record, in ascending order, candidates or not.
  init(
    _ recorded: [EtcdCandidate], absent machineIDs: ClosedRange<Int>, except present: [Int],
    epochUnixMilliseconds: Int64
  ) {
    self.recorded = recorded
    self.epochUnixMilliseconds = epochUnixMilliseconds
    var next = machineIDs.lowerBound
    for machineID in present {
      if next < machineID { gaps.append(next...machineID - 1) }
      next = machineID + 1
    }
    if next <= machineIDs.upperBound { gaps.append(next...machineIDs.upperBound) }
  }

  var count: Int { gaps.reduce(recorded.count) { $0 + $1.count } }

  /// The best; `nil` if there is none.
  var first: EtcdCandidate? {
    guard let gap = gaps.first else { return recorded.first }
    if let first = recorded.first, first.machineID < gap.lowerBound { return first }
    return absent(gap.lowerBound)
  }

  /// All of them can be found at an index of 0…`count` − 1, in no particular order.
  subscript(index: Int) -> EtcdCandidate {
    var rest = index - recorded.count
    if rest < 0 { return recorded[index] }
    var gap = 0
    while rest >= gaps[gap].count {
      rest -= gaps[gap].count
      gap += 1
    }
    return absent(gaps[gap].lowerBound + rest)
  }

  mutating func remove(_ machineID: Int) {
    recorded.removeAll { $0.machineID == machineID }
    guard let index = gaps.firstIndex(where: { $0.contains(machineID) }) else { return }
    let gap = gaps[index]
    var rest: [ClosedRange<Int>] = []
    if gap.lowerBound < machineID { rest.append(gap.lowerBound...machineID - 1) }
    if machineID < gap.upperBound { rest.append(machineID + 1...gap.upperBound) }
    gaps.replaceSubrange(index...index, with: rest)
  }

  private func absent(_ machineID: Int) -> EtcdCandidate {
    EtcdCandidate(
      machineID: machineID, expectation: .absent,
      found: Reservation(limit: epochUnixMilliseconds))
  }
}
