import Snowflake

@testable import Reservations

/// Five processes for three machine IDs, each on a host of its own, a cluster of etcd with three
/// members, the network between them, and an adversary who decides what happens to them. No sockets,
/// no real time: a seed says it all. The generator, the source of IDs, the etcd store and the codec
/// of its messages are those of production; below them are a simulated network and a simulated etcd.
///
/// Requests and answers are lost, late and doubled; a request may be carried out long after its sender
/// gave up, or was killed. Members are gone, silent or without a leader, one or all. Clocks are up to
/// 5 s apart, and step by up to an hour, stall and jump. Processes are killed at any point, stopped,
/// and paused for longer than any window: then nothing of theirs runs, and afterwards all at once.
///
/// What a cluster has acknowledged it does not forget, with two exceptions, as far as the service can
/// withstand them:
/// - A member by itself goes back to a backup, of the same cluster or as another one. It answers those
///   processes only that have heard of a later revision: they must not trust it. A newcomer, which
///   knows nothing, would; against that no service can do anything.
/// - All of the cluster goes back, as the documentation demands: all machines are stopped first, and
///   started after all time that they had reserved, by the slowest clock.
final class NetworkSimulation {
  struct Report: Equatable, Sendable {
    var steps = 0
    var idCount = 0
    var starts = 0
    var stops = 0
    var requests = 0
    /// How often a process did not start, or made no ID, and why.
    var refusals: [String: Int] = [:]
    var kills: [NetworkProcess.Point: Int] = [:]
    var pauses: [NetworkProcess.Point: Int] = [:]
    var faults: [SimulatedNetwork.Fault: Int] = [:]
    var events: [Event: Int] = [:]
    /// The step at which an ID was made that had been made before.
    var firstDuplicateStep: Int?
    /// IDs not greater than the one before them in the same process, or of another machine.
    var disorders = 0
    /// IDs at or past the limit that etcd had recorded for their owner when they were made.
    var fenceBreaches = 0
    /// IDs of a process that had lost its machine ID.
    var idsAfterLoss = 0
    /// Processes that made no ID, long after everything had become well.
    var stuck = 0
    /// Machine IDs that were taken from a process that was alive and well.
    var takenFromTheLiving = 0
  }

  /// What happens that is not a fault of the network.
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
  /// What etcd has recorded last for each owner.
  private(set) var recordedLimits: [UInt64: Int64] = [:]
  /// The greatest limit that was ever recorded.
  private(set) var greatestLimit: Int64 = 0
  /// Who owns each key, after what is recorded.
  private var owners: [String: UInt64] = [:]
  private var ledger = IDLedger()
  /// A state of the cluster that it can go back to.
  var backup: SimulatedEtcd
  /// One request or answer in so many is disturbed.
  var calmness = 50
  /// Whether the adversary has stopped.
  var isPeace = false
  /// Whether every process that can have a machine ID has one, and nothing disturbs it.
  var isSettled = false
  /// Whether nobody starts a process.
  var isHalted = false

  init(seed: UInt64) {
    let adversary = Adversary(seed: seed)
    self.adversary = adversary
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
        host: index + 1, machineIDs: kind.0, leaseWindowMilliseconds: kind.1,
        toleranceMilliseconds: kind.2, etcd: etcd,
        clockErrorMilliseconds: adversary.pick(-5000...5000))
    }
    backup = network.etcd
    healMembers()
    network.fate = { [unowned self] sender, _ in fate(of: sender) }
    network.didWrite = { [unowned self] key, value in didWrite(key, value) }
  }

  /// Lets the adversary act, then sees whether everything recovers. Ends at the first duplicate.
  static func run(seed: UInt64, steps: Int) -> Report {
    let simulation = NetworkSimulation(seed: seed)
    while simulation.report.steps < steps, simulation.report.firstDuplicateStep == nil {
      simulation.step()
    }
    if simulation.report.firstDuplicateStep == nil { simulation.recover() }
    for process in simulation.processes { process.kill() }
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
    guard let limit = RecordText.number("limit", in: value),
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

// MARK: - What a process does

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
    let isInOrder =
      process.lastID.map { $0 < run.first } ?? true && run.first.machineID == source.machineID
      && run.first.sequence + run.count <= 4096
    if !isInOrder { report.disorders += 1 }
    if run.first.timestamp >= recordedLimits[process.ownerNumber, default: 0] {
      report.fenceBreaches += 1
    }
    if process.isLost { report.idsAfterLoss += 1 }
    if isEngineAway { record(.idsWithoutEngine) }
    process.lastID = SnowflakeID(rawValue: run.first.rawValue + UInt64(run.count - 1))
    if !ledger.insert(run) { report.firstDuplicateStep = report.steps }
  }
}
