import Foundation
import Snowflake
import Testing

@testable import Reservations

/// No ID is made twice, whatever happens. `scripts/mutate` shows that each rule is needed.
struct SimulationTests {
  static let steps = 5000
  #if DEBUG
  static let seedCount: UInt64 = 96
  #else
  static let seedCount: UInt64 = 400
  #endif

  @Test func noIDIsMadeTwice() async {
    var totals = Totals()
    let reports = await withTaskGroup(of: (UInt64, Simulation.Report).self) { group in
      for seed in 0..<Self.seedCount {
        group.addTask { (seed, Simulation.run(seed: seed, steps: Self.steps)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for (seed, report) in reports {
      #expect(!report.hasFailed, "seed \(seed): \(report)")
      totals.add(report)
    }
    // A fault that never happened proves nothing.
    for layout in SimulatedLayouts.all {
      #expect(totals.idCounts[layout, default: 0] > 300 * Int(Self.seedCount), "\(layout)")
    }
    for point in SimulatedProcess.Point.all {
      #expect(totals.kills[point, default: 0] > 0, "no process was killed \(point)")
    }
    for refusal in Totals.refusals {
      #expect(totals.refusals[refusal, default: 0] > 0, "nothing was refused as \(refusal)")
    }
  }

  /// The seed of a failure reproduces it.
  @Test func aSeedDeterminesEverything() {
    let report = Simulation.run(seed: 7, steps: Self.steps)
    #expect(report == Simulation.run(seed: 7, steps: Self.steps))
    #expect(report != Simulation.run(seed: 8, steps: Self.steps))
  }
}

/// The counts of many simulations.
struct Totals {
  /// All reasons why a start or a request is refused.
  static let refusals = [
    "not_yet", "reservation_pending", "clock_behind", "clock_jumped", "reservation_expired",
    "machine ID in use", "unreadable", "store failed", "clock behind reservation",
  ]

  var seeds = 0
  var idCount = 0
  /// By layout.
  var idCounts: [SnowflakeLayout: Int] = [:]
  var duplicateCount = 0
  var steps = 0
  var starts = 0
  var stops = 0
  var powerCuts = 0
  var kills: [SimulatedProcess.Point: Int] = [:]
  var refusals: [String: Int] = [:]

  mutating func add(_ report: Simulation.Report) {
    seeds += 1
    idCount += report.idCount
    idCounts[report.layout, default: 0] += report.idCount
    duplicateCount += report.firstDuplicateStep == nil ? 0 : 1
    steps += report.steps
    starts += report.starts
    stops += report.stops
    powerCuts += report.powerCuts
    kills.merge(report.kills, uniquingKeysWith: +)
    refusals.merge(report.refusals, uniquingKeysWith: +)
  }

  var table: String {
    let rows =
      [
        ("seeds", seeds), ("IDs", idCount),
      ] + SimulatedLayouts.all.map { ("IDs of layout \($0)", idCounts[$0, default: 0]) } + [
        ("IDs made twice", duplicateCount), ("steps", steps),
        ("starts", starts), ("clean stops", stops), ("power cuts", powerCuts),
        ("kills", kills.values.reduce(0, +)),
      ] + SimulatedProcess.Point.all.map { ("killed \($0.name)", kills[$0, default: 0]) }
      + Self.refusals.map { ("refused: \($0)", refusals[$0, default: 0]) }
    return rows.map { "| \($0) | \($1) |" }.joined(separator: "\n")
  }
}

extension Simulation.Report {
  var hasFailed: Bool {
    firstDuplicateStep != nil || disorders > 0 || fenceBreaches > 0 || stuck > 0
      || writingChecks > 0
  }
}

extension SimulatedProcess.Point {
  fileprivate var name: String {
    switch self {
    case .atRest: "with nothing under way"
    case .starting(let point): "while it starts, before: \(point)"
    case .renewing(let point): "while it renews, before: \(point)"
    case .stopping(let point): "while it stops, before: \(point)"
    }
  }
}
