import Foundation
import Testing

/// The long run of `scripts/simulate`: `SIMULATION_IDS` IDs, from the seed `SIMULATION_SEED` on,
/// half of them with files and half with etcd.
@Suite(.serialized, .enabled(if: number("SIMULATION_IDS") != nil, "scripts/simulate runs it"))
struct LongSimulation {
  private let wanted = (number("SIMULATION_IDS") ?? 0) / 2
  private let firstSeed = UInt64(number("SIMULATION_SEED") ?? 0)

  @Test func files() throws {
    var totals = Totals()
    while totals.idCount < wanted {
      let seed = firstSeed + UInt64(totals.seeds)
      let report = Simulation.run(seed: seed, steps: SimulationTests.steps)
      totals.add(report)
      if report.hasFailed { print("seed \(seed): \(report)") }
      try #require(!report.hasFailed)
    }
    print("files: seeds from \(firstSeed) on, \(SimulationTests.steps) steps each")
    print(totals.table)
  }

  @Test func etcd() throws {
    var totals = NetworkTotals()
    while totals.idCount < wanted {
      let seed = firstSeed + UInt64(totals.seeds)
      let report = NetworkSimulation.run(seed: seed, steps: SimulatedNetworkTests.steps)
      totals.add(report)
      if report.hasFailed { print("seed \(seed): \(report)") }
      try #require(!report.hasFailed)
    }
    print("etcd: seeds from \(firstSeed) on, \(SimulatedNetworkTests.steps) steps each")
    print(totals.table)
  }
}

private func number(_ name: String) -> Int? {
  ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
}
