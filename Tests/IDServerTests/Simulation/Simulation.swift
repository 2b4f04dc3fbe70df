import Snowflake

@testable import IDServer

/// Three processes for two machine IDs, a clock and a disk, and an adversary who decides what
/// happens to them. No sockets, no real time: a seed says it all.
///
/// The clock steps by up to an hour either way, stalls and jumps; processes are killed at every
/// point between a limit's being written, synchronized and acknowledged and an ID's being sent; the
/// power is cut; the disk fails, is slow, and loses replies.
final class Simulation {
  struct Report: Equatable {
    var steps = 0
    var idCount = 0
    var starts = 0
    /// How often a process did not start, or made no ID, and why.
    var refusals: [String: Int] = [:]
    var kills: [SimulatedProcess.Point: Int] = [:]
    var powerCuts = 0
    var stops = 0
    /// The step at which an ID was made that had been made before.
    var firstDuplicateStep: Int?
    /// IDs not greater than the one before them in the same process, or of another machine.
    var disorders = 0
    /// IDs at or past the limit that was durable when they were made.
    var fenceBreaches = 0
    /// Processes that made no ID, long after clock and disk had become well.
    var stuck = 0
  }

  private(set) var report = Report()

  private let adversary: Adversary
  private let mutation: Mutation?
  private let disk = SimulatedDisk()
  private let processes: [SimulatedProcess]
  private var ledger = IDLedger()

  /// Both clocks, in milliseconds.
  private var monotonic: Int64 = 0
  private var wall: Int64
  /// What the wall clock should be when the other is 0.
  private static let origin: Int64 = 1_769_689_174_499
  private static let hour: Int64 = 3_600_000
  private var isStalled = false

  init(seed: UInt64, mutation: Mutation? = nil) {
    adversary = Adversary(seed: seed)
    self.mutation = mutation
    wall = Self.origin
    processes = [(1...1, 10), (1...1, 0), (1...2, 1000)].enumerated().map {
      SimulatedProcess(
        number: $0, machineIDs: $1.0, toleranceMilliseconds: $1.1, mutation)
    }
  }

  /// Lets the adversary act, then sees whether everything recovers. Ends at the first duplicate.
  static func run(seed: UInt64, steps: Int, mutation: Mutation? = nil) -> Report {
    let simulation = Simulation(seed: seed, mutation: mutation)
    while simulation.report.steps < steps, simulation.report.firstDuplicateStep == nil {
      simulation.step()
    }
    if mutation == nil { simulation.recover() }
    simulation.report.idCount = simulation.ledger.count
    return simulation.report
  }
}

// MARK: - What the adversary does

extension Simulation {
  private enum Action: CaseIterable {
    case request, store, wait, stepClock, rightClock, stallClock, kill, cutPower, stop, start
    case toggleDisk, repair, acceptClock, look
  }

  private static let weights: [(value: Action, weight: Int)] = [
    (.request, 400), (.store, 300), (.wait, 150), (.stepClock, 15), (.rightClock, 15),
    (.stallClock, 5), (.kill, 20), (.cutPower, 20), (.stop, 10), (.start, 60), (.toggleDisk, 10),
    (.repair, 4), (.acceptClock, 2), (.look, 4),
  ]
  private static let totalWeight = weights.reduce(0) { $0 + $1.weight }

  private func step() {
    report.steps += 1
    let process = processes[adversary.pick(0..<processes.count)]
    switch adversary.choose(Self.weights, total: Self.totalWeight) {
    case .request: request(of: process)
    case .store: process.store?.advance(losingReplies: true)
    case .wait: wait()
    case .stepClock:
      let distance = adversary.magnitude(upTo: Self.hour)
      setClock(to: wall + (adversary.oneIn(2) ? distance : -distance))
    case .rightClock: setClock(to: Self.origin + monotonic)
    case .stallClock: isStalled.toggle()
    case .kill: crash(process)
    case .cutPower: cutPower()
    case .stop: stop(process)
    case .start: start(process)
    case .toggleDisk: disk.isFailing = !disk.isFailing && adversary.oneIn(4)
    case .repair: disk.repair()
    case .acceptClock: source(of: process)?.acceptClock(at: now(for: process))
    case .look: _ = source(of: process)?.trouble(at: now(for: process))
    }
  }

  private func now(for process: SimulatedProcess) -> ClockReading {
    ClockReading(
      unixMilliseconds: wall + process.clockSkewMilliseconds, monotonicMilliseconds: monotonic)
  }

  /// Mostly a moment, now and then as long as any wait that the service knows, and more.
  private func wait() {
    let milliseconds: Int64
    switch adversary.pick(0..<256) {
    case 0, 1: milliseconds = adversary.pick(0...2 * Self.hour)
    case 2...5: milliseconds = adversary.pick(0...70_000)
    case 6...60: milliseconds = adversary.pick(0...2000)
    default: milliseconds = adversary.pick(0...3)
    }
    monotonic += milliseconds
    if !isStalled { wall += milliseconds }
  }

  /// An hour from the right time at most, so that the worst can be waited for.
  private func setClock(to time: Int64) {
    let right = Self.origin + monotonic
    wall = min(max(time, right - Self.hour), right + Self.hour)
  }

  private func start(_ process: SimulatedProcess) {
    guard case .stopped = process.state else { return }
    process.clockSkewMilliseconds =
      adversary.oneIn(4) ? adversary.magnitude(upTo: 10_000) - 5000 : 0
    let store = SimulatedStore(
      disk, adversary, process: process.number, mutation: mutation)
    do throws(ServerError) {
      try process.start(with: store, at: now(for: process)) { store in
        if adversary.oneIn(16), let point = store.point {
          report.kills[.starting(point), default: 0] += 1
          store.kill()
        } else {
          wait()
          store.advance(losingReplies: true)
        }
      }
      report.starts += 1
    } catch {
      refuse(error.name)
      store.kill()
    }
  }

  private func stop(_ process: SimulatedProcess) {
    guard source(of: process) != nil else { return }
    report.stops += 1
    process.stop()
  }

  /// The next one starts at once, so a small step back of the clock is the worst.
  private func crash(_ process: SimulatedProcess) {
    kill(process)
    if adversary.oneIn(4) { setClock(to: wall - adversary.magnitude(upTo: 1000)) }
    if adversary.oneIn(2) { start(process) }
  }

  private func kill(_ process: SimulatedProcess) {
    if case .stopped = process.state { return }
    report.kills[process.point, default: 0] += 1
    process.kill()
  }

  /// Mostly when something is written and not durable.
  private func cutPower() {
    let isDelicate = processes.contains { $0.store?.point == .written }
    guard isDelicate || adversary.oneIn(8) else { return }
    report.powerCuts += 1
    for process in processes { kill(process) }
    disk.cutPower(adversary)
    // As with a clock whose battery is empty, or that was set by the network and not kept.
    if adversary.oneIn(2) { setClock(to: wall - adversary.magnitude(upTo: Self.hour)) }
  }

  private func source(of process: SimulatedProcess) -> IDSource? {
    if case .running(let source) = process.state { source } else { nil }
  }

  private func refuse(_ name: String) { report.refusals[name, default: 0] += 1 }
}

// MARK: - What a process does

extension Simulation {
  /// A few requests at once, for one ID or for many.
  private func request(of process: SimulatedProcess) {
    for _ in 0..<adversary.pick(1..<9) {
      switch adversary.pick(0..<16) {
      case 0: makeIDs(upTo: Int(adversary.pick(1...4096)), process)
      case 1...3: makeIDs(upTo: Int(adversary.pick(2...64)), process)
      default: makeIDs(upTo: 1, process)
      }
    }
  }

  private func makeIDs(upTo count: Int, _ process: SimulatedProcess) {
    guard let source = source(of: process) else { return }
    do throws(IDUnavailable) {
      enter(try source.nextRun(upTo: count, at: now(for: process)), of: process, source)
    } catch {
      refuse(error.code)
      if mutation == .resetsBeforeComparing, case .clock(.clockBehind) = error {
        try? process.reset(source)
      }
    }
  }

  private func enter(_ run: SnowflakeIDRun, of process: SimulatedProcess, _ source: IDSource) {
    let isInOrder =
      process.lastID.map { $0 < run.first } ?? true && run.first.machineID == source.machineID
      && run.first.sequence + run.count <= 4096
    if !isInOrder { report.disorders += 1 }
    if run.first.timestamp >= disk[source.machineID].durable { report.fenceBreaches += 1 }
    process.lastID = SnowflakeID(rawValue: run.first.rawValue + UInt64(run.count - 1))
    if !ledger.insert(run) { report.firstDuplicateStep = report.steps }
  }
}

// MARK: - Recovery

extension Simulation {
  /// Clock and disk become well, and the clock is past all that was reserved. Then each process that
  /// can have a machine ID makes IDs, in little more than the time that a clock is held suspect.
  private func recover() {
    disk.isFailing = false
    disk.repair()
    isStalled = false
    for process in processes { process.clockSkewMilliseconds = 0 }
    let reserved = disk.records.values.map(\.limit).max() ?? 0
    setClock(to: Self.origin + monotonic)
    let missing = max(0, reserved + SnowflakeID.epochUnixMilliseconds - wall)
    monotonic += missing
    wall += missing

    var ticks = (ClockGuard.holdMilliseconds + IDSource.windowMilliseconds) / 100
    var idle = processes
    while !idle.isEmpty, ticks > 0 {
      ticks -= 1
      for process in processes {
        start(process)
        process.lastID = nil
        makeIDs(upTo: 1, process)
        process.store?.advance(losingReplies: false)
      }
      idle = processes.filter { $0.lastID == nil && !isLockedOut($0) }
      monotonic += 100
      wall += 100
    }
    report.stuck += idle.count
  }

  /// Whether others have all of its machine IDs.
  private func isLockedOut(_ process: SimulatedProcess) -> Bool {
    guard case .stopped = process.state else { return false }
    return process.configuration.machineIDs.allSatisfy { disk[$0].holder != nil }
  }
}

extension ServerError {
  fileprivate var name: String {
    switch self {
    case .store(.held), .store(.noneFree): "machine ID in use"
    case .store(.unreadable): "unreadable"
    case .store: "store failed"
    case .clockBehindReservation: "clock behind reservation"
    default: "\(self)"
    }
  }
}
