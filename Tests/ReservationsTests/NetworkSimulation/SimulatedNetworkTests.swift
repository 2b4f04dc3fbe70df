import Foundation
import Snowflake
import Testing

@testable import Reservations

/// No ID is made twice, whatever happens between etcd and the processes. `scripts/mutate` shows
/// that each rule is needed.
struct SimulatedNetworkTests {
  static let steps = 1000
  #if DEBUG
  static let seedCount: UInt64 = 96
  #else
  static let seedCount: UInt64 = 400
  #endif

  @Test func noIDIsMadeTwice() async {
    var totals = NetworkTotals()
    let reports = await withTaskGroup(of: (UInt64, NetworkSimulation.Report).self) { group in
      for seed in 0..<Self.seedCount {
        group.addTask { (seed, NetworkSimulation.run(seed: seed, steps: Self.steps)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for (seed, report) in reports {
      #expect(!report.hasFailed, "seed \(seed): \(report)")
      totals.add(report)
    }
    // A fault that never happened proves nothing.
    for layout in SimulatedLayouts.all {
      #expect(totals.idCounts[layout, default: 0] > 1000 * Int(Self.seedCount), "\(layout)")
    }
    for row in totals.whatMustHappen { #expect(row.count > 0, "never: \(row.name)") }
  }

  /// The seed of a failure reproduces it.
  @Test func aSeedDeterminesEverything() {
    let report = NetworkSimulation.run(seed: 7, steps: Self.steps)
    #expect(report == NetworkSimulation.run(seed: 7, steps: Self.steps))
    #expect(report != NetworkSimulation.run(seed: 9, steps: Self.steps))
  }
}

/// The counts of many simulations.
struct NetworkTotals {
  /// All reasons why a start or a request is refused.
  static let refusals = [
    "not_yet", "reservation_pending", "clock_behind", "clock_jumped", "reservation_expired",
    "reservation_lost", "machine ID in use", "clock skew", "clock behind reservation",
    "store failed",
  ]

  var seeds = 0
  var idCount = 0
  /// By layout.
  var idCounts: [SnowflakeLayout: Int] = [:]
  var duplicateCount = 0
  var steps = 0
  var requests = 0
  var starts = 0
  var stops = 0
  var kills: [NetworkProcess.Point: Int] = [:]
  var pauses: [NetworkProcess.Point: Int] = [:]
  var refusals: [String: Int] = [:]
  var faults: [SimulatedNetwork.Fault: Int] = [:]
  var events: [NetworkSimulation.Event: Int] = [:]

  mutating func add(_ report: NetworkSimulation.Report) {
    seeds += 1
    idCount += report.idCount
    idCounts[report.layout, default: 0] += report.idCount
    duplicateCount += report.firstDuplicateStep == nil ? 0 : 1
    steps += report.steps
    requests += report.requests
    starts += report.starts
    stops += report.stops
    kills.merge(report.kills, uniquingKeysWith: +)
    pauses.merge(report.pauses, uniquingKeysWith: +)
    refusals.merge(report.refusals, uniquingKeysWith: +)
    faults.merge(report.faults, uniquingKeysWith: +)
    events.merge(report.events, uniquingKeysWith: +)
  }

  var whatMustHappen: [(name: String, count: Int)] {
    let points = NetworkProcess.Point.allCases
    return [("starts", starts), ("clean stops", stops)]
      + points.map { ("killed \($0.rawValue)", kills[$0, default: 0]) }
      + points.map { ("paused \($0.rawValue)", pauses[$0, default: 0]) }
      + NetworkSimulation.Event.allCases.map { ($0.rawValue, events[$0, default: 0]) }
      + SimulatedNetwork.Fault.allCases.map { ($0.rawValue, faults[$0, default: 0]) }
      + Self.refusals.map { ("refused: \($0)", refusals[$0, default: 0]) }
  }

  var table: String {
    let rows =
      [
        ("seeds", seeds), ("IDs", idCount),
      ] + SimulatedLayouts.all.map { ("IDs of layout \($0)", idCounts[$0, default: 0]) } + [
        ("IDs made twice", duplicateCount), ("steps", steps),
        ("requests to etcd", requests),
      ] + whatMustHappen
    return rows.map { "| \($0) | \($1) |" }.joined(separator: "\n")
  }
}

extension NetworkSimulation.Report {
  var hasFailed: Bool {
    firstDuplicateStep != nil || disorders > 0 || fenceBreaches > 0 || idsAfterLoss > 0
      || stuck > 0 || takenFromTheLiving > 0
  }
}
