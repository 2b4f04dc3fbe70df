import Snowflake
import TestSupport

@testable import Reservations

/// Five processes for three machine IDs, each on its own host, an etcd cluster of three members,
/// the network between them, and an adversary that decides what happens to them. There are no
/// sockets and no real time: a seed determines everything. The generator, the source, the etcd
/// store and the codec of its messages are those of production, on a simulated network and a
/// simulated etcd. The seed chooses the layout.
///
/// Requests and answers are lost, delayed and duplicated; a request may be carried out long after
/// its sender gave up or was killed. One member or all are down, silent or without a leader. Clocks
/// are up to 5 s apart, and step by up to an hour, stall and jump. Processes are killed at any
/// point, stopped, and paused for longer than any lease window; then everything that was due runs
/// at once.
///
/// The cluster does not forget what it has acknowledged, with two exceptions that the service can
/// withstand:
/// - A single member is restored from a backup, as the same cluster or another one. It answers only
///   processes that have seen a later revision: they must not trust it. A new process, which has
///   seen none, would trust it; no service can prevent that.
/// - The whole cluster is restored as documented: all machines are stopped first, and started again
///   after all their reserved time has passed, by the slowest clock.
final class NetworkSimulation {
  struct Report: Equatable, Sendable {
    var layout = SnowflakeLayout.default
    var steps = 0
    var idCount = 0
    var starts = 0
    var stops = 0
    var requests = 0
    /// The number of failed starts and requests, by reason.
    var refusals: [String: Int] = [:]
    var kills: [NetworkProcess.Point: Int] = [:]
    var pauses: [NetworkProcess.Point: Int] = [:]
    var faults: [SimulatedNetwork.Fault: Int] = [:]
    var events: [Event: Int] = [:]
    /// The step at which an ID was made twice.
    var firstDuplicateStep: Int?
    /// IDs that are not greater than the previous one of the process, or have another machine ID.
    var disorders = 0
    /// IDs at or past the limit that etcd had recorded for their owner then.
    var fenceBreaches = 0
    /// IDs of a process that had lost its machine ID.
    var idsAfterLoss = 0
    /// Processes that made no ID long after the last fault.
    var stuck = 0
    /// Machine IDs that were taken from a process that worked without faults.
    var takenFromTheLiving = 0
  }

  /// Events that are not faults of the network.
  enum Event: String, CaseIterable, Sendable {
    case machineIDLost = "machine IDs lost to another"
    case longPause = "paused for longer than the window"
    case cutOff = "processes cut off"
    case allAway = "all members away"
    case allRestored = "all members restored"
    case reboot = "reboots"
    case takenOver = "taken over from an owner that was not stopped"
    case idsWithoutEngine = "IDs made while all members are away"
  }

  static let passwordFile = "/password"

  var report = Report()
  let adversary: Adversary
  let network = SimulatedNetwork(memberCount: 3, originUnixMilliseconds: 1_769_689_174_499)
  let processes: [NetworkProcess]
  /// The last limit that etcd has recorded for each owner.
  private(set) var recordedLimits: [UInt64: Int64] = [:]
  /// The greatest limit that was ever recorded.
  private(set) var greatestLimit: Int64 = 0
  /// The recorded owner of each key.
  private var owners: [String: UInt64] = [:]
  private var ledger: IDLedger
  /// A state of the cluster to restore.
  var backup: SimulatedEtcd
  /// One in this many requests and answers is disturbed.
  var calmness = 50
  /// Whether the adversary has stopped.
  var isPeace = false
  /// Whether every process that can have a machine ID has one, and nothing disturbs it.
  var isSettled = false
  /// Whether processes are not started.
  var isHalted = false

  init(seed: UInt64) {
    let adversary = Adversary(seed: seed)
    self.adversary = adversary
    let layout = SimulatedLayouts.layout(seed: seed)
    ledger = IDLedger(layout)
    var etcd = EtcdConfiguration(
      endpoints: (1...3).map { .init(host: "etcd-\($0)", port: 2379) })
    if seed % 2 == 1 {
      etcd.user = .init(name: "idgen", passwordFile: Self.passwordFile)
      network.etcd.user = ("idgen", "secret")
    }
    let kinds: [(ClosedRange<Int>, Int64, Int)] = [
      (1...1, 15_000, 10), (1...1, 15_000, 0), (1...3, 15_000, 1000), (1...3, 5000, 10),
      (2...3, 15_000, 0),
    ]
    processes = kinds.enumerated().map { index, kind in
      NetworkProcess(
        layout, host: index + 1, machineIDs: kind.0, leaseWindowMilliseconds: kind.1,
        toleranceMilliseconds: kind.2, etcd: etcd,
        clockErrorMilliseconds: adversary.pick(-5000...5000))
    }
    backup = network.etcd
    healMembers()
    network.fate = { [unowned self] sender, _ in fate(of: sender) }
    network.didWrite = { [unowned self] key, value in didWrite(key, value) }
  }

  /// Lets the adversary act, then checks that everything recovers. Ends at the first duplicate.
  static func run(seed: UInt64, steps: Int) -> Report {
    let simulation = NetworkSimulation(seed: seed)
    while simulation.report.steps < steps, simulation.report.firstDuplicateStep == nil {
      simulation.step()
    }
    if simulation.report.firstDuplicateStep == nil { simulation.recover() }
    for process in simulation.processes { process.kill() }
    simulation.report.layout = simulation.ledger.layout
    simulation.report.idCount = simulation.ledger.count
    simulation.report.faults = simulation.network.faults
    simulation.report.requests = simulation.network.requestCount
    return simulation.report
  }

  func now(for process: NetworkProcess) -> ClockReading {
    process.clock.reading(
      right: network.unixMilliseconds, monotonic: network.queue.now)
  }

  func record(_ event: Event) { report.events[event, default: 0] += 1 }
  func refuse(_ name: String) { report.refusals[name, default: 0] += 1 }

  private func didWrite(_ key: String, _ value: [UInt8]) {
    guard
      let limit = RecordText.number("limit", in: value).map({
        ledger.layout.epochUnixMilliseconds + $0
      }),
      let owner = RecordText.value("owner", in: value).flatMap({ UInt64($0, radix: 16) })
    else { return }
    if let last = owners[key], last != 0, owner != 0, owner != last {
      record(.takenOver)
      if isSettled, processes.contains(where: { $0.ownerNumber == last && $0.isRunning }) {
        report.takenFromTheLiving += 1
      }
    }
    owners[key] = owner
    recordedLimits[owner] = limit
    greatestLimit = max(greatestLimit, limit)
  }
}

// MARK: - Requests

extension NetworkSimulation {
  /// A few requests at once, for one ID or for many.
  func request(of process: NetworkProcess) {
    for _ in 0..<adversary.pick(1..<9) {
      switch adversary.pick(0..<16) {
      case 0: makeIDs(upTo: Int(adversary.pick(1...4096)), process)
      case 1...3: makeIDs(upTo: Int(adversary.pick(2...64)), process)
      default: makeIDs(upTo: 1, process)
      }
    }
  }

  func makeIDs(upTo count: Int, _ process: NetworkProcess) {
    guard let source = process.source else { return }
    do throws(IDUnavailable) {
      enter(try source.nextRun(upTo: count, at: now(for: process)), of: process, source)
    } catch {
      refuse(error.code)
    }
  }

  private func enter(_ run: SnowflakeIDRun, of process: NetworkProcess, _ source: IDSource) {
    if !ledger.isInOrder(run, after: process.lastID, machineID: source.machineID) {
      report.disorders += 1
    }
    let time = ledger.layout.parts(ofOwn: run.first).unixMilliseconds
    if time >= recordedLimits[process.ownerNumber, default: 0] { report.fenceBreaches += 1 }
    if process.isLost { report.idsAfterLoss += 1 }
    if isEngineAway { record(.idsWithoutEngine) }
    process.lastID = run.last
    if !ledger.insert(run) { report.firstDuplicateStep = report.steps }
  }
}
