import Snowflake
import TestSupport

@testable import Reservations

/// Three processes for two machine IDs, a clock and a disk, and an adversary that decides what
/// happens to them. There are no sockets and no real time: a seed determines everything. The
/// generator, the source and the file store are those of production, on a simulated file system.
/// The seed chooses the layout.
///
/// The clock steps by up to an hour either way, stalls and jumps. Processes are killed before any
/// call to the file system. Power cuts lose what is not synchronized, or a part of it. The disk
/// fails, is slow, and loses replies.
final class Simulation {
  struct Report: Equatable, Sendable {
    var layout = SnowflakeLayout.default
    var steps = 0
    var idCount = 0
    var starts = 0
    /// The number of failed starts and requests, by reason.
    var refusals: [String: Int] = [:]
    var kills: [SimulatedProcess.Point: Int] = [:]
    var powerCuts = 0
    var stops = 0
    /// The step at which an ID was made twice.
    var firstDuplicateStep: Int?
    /// IDs that are not greater than the previous one of the process, or have another machine ID.
    var disorders = 0
    /// IDs at or past the limit that was durable then.
    var fenceBreaches = 0
    /// Readiness checks that caused a write.
    var writingChecks = 0
    /// Processes that made no ID long after the last fault of clock and disk.
    var stuck = 0
  }

  private(set) var report = Report()

  private let adversary: Adversary
  private let disk: SimulatedDisk
  private let processes: [SimulatedProcess]
  private var ledger: IDLedger

  /// Both clocks, in milliseconds. The monotonic one runs while the host is down.
  private var monotonic: Int64 = 0
  private var wall: Int64
  /// The number of boots, and the time of the last.
  private var bootCount = 1
  private var bootTime: Int64 = 0
  /// The correct wall clock when the monotonic clock is 0.
  private static let origin: Int64 = 1_769_689_174_499
  private static let hour: Int64 = 3_600_000
  private var isStalled = false

  init(seed: UInt64) {
    adversary = Adversary(seed: seed)
    wall = Self.origin
    let layout = SimulatedLayouts.layout(seed: seed)
    (disk, ledger) = (SimulatedDisk(layout), IDLedger(layout))
    processes = [(1...1, 10), (1...1, 0), (1...2, 1000)].map {
      SimulatedProcess(layout, machineIDs: $0.0, toleranceMilliseconds: $0.1)
    }
  }

  deinit { for process in processes { process.kill() } }

  /// Lets the adversary act, then checks that everything recovers. Ends at the first duplicate.
  static func run(seed: UInt64, steps: Int) -> Report {
    let simulation = Simulation(seed: seed)
    while simulation.report.steps < steps, simulation.report.firstDuplicateStep == nil {
      simulation.step()
    }
    if simulation.report.firstDuplicateStep == nil { simulation.recover() }
    simulation.report.layout = simulation.ledger.layout
    simulation.report.idCount = simulation.ledger.count
    return simulation.report
  }
}

// MARK: - The adversary

extension Simulation {
  private enum Action: CaseIterable {
    case request, store, wait, stepClock, rightClock, stallClock, kill, cutPower, stop, start
    case toggleDisk, repair, acceptClock, look
  }

  private static let weights: [(value: Action, weight: Int)] = [
    (.request, 400), (.store, 900), (.wait, 150), (.stepClock, 15), (.rightClock, 15),
    (.stallClock, 5), (.kill, 30), (.cutPower, 60), (.stop, 20), (.start, 80), (.toggleDisk, 10),
    (.repair, 4), (.acceptClock, 2), (.look, 40),
  ]
  private static let totalWeight = weights.reduce(0) { $0 + $1.weight }

  private func step() {
    report.steps += 1
    let process = processes[adversary.pick(0..<processes.count)]
    switch adversary.choose(Self.weights, total: Self.totalWeight) {
    case .request: request(of: process)
    case .store:
      let busy = processes.filter(\.isBusy)
      guard !busy.isEmpty else { return }
      let one = busy[adversary.pick(0..<busy.count)]
      for _ in 0..<adversary.pick(1..<4) { one.step(losingReplies: true) }
    case .wait: wait()
    case .stepClock:
      let distance = adversary.magnitude(upTo: Self.hour)
      setClock(to: wall + (adversary.oneIn(2) ? distance : -distance))
    case .rightClock: setClock(to: Self.origin + monotonic)
    case .stallClock: isStalled.toggle()
    case .kill:
      // Preferably one with work in progress.
      crash(adversary.oneIn(3) ? process : processes.first(where: \.isBusy) ?? process)
    case .cutPower: cutPower()
    case .stop:
      stop(process)
      // The next process starts at the time of the last ID, or before.
      if adversary.oneIn(4) { setClock(to: wall - adversary.magnitude(upTo: 1000)) }
    case .start: start(process)
    case .toggleDisk: disk.isFailing = !disk.isFailing && adversary.oneIn(4)
    case .repair: disk.repair()
    case .acceptClock: process.source?.acceptClock(at: now(for: process))
    case .look: checkReadiness(of: process)
    }
  }

  /// Checks the readiness, which changes nothing; then retries what has failed, as the server does.
  private func checkReadiness(of process: SimulatedProcess) {
    guard let source = process.source else { return }
    let wasBusy = process.isBusy
    _ = source.unavailability(at: now(for: process))
    if process.isBusy != wasBusy { report.writingChecks += 1 }
    source.renewIfNeeded(at: now(for: process))
  }

  private func now(for process: SimulatedProcess) -> ClockReading {
    ClockReading(
      unixMilliseconds: wall + process.clockSkewMilliseconds,
      monotonicMilliseconds: monotonic - bootTime)
  }

  /// Mostly a moment; sometimes longer than any wait of the service.
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

  /// At most an hour from the correct time, so that the recovery can wait for the worst case.
  private func setClock(to time: Int64) {
    let right = Self.origin + monotonic
    wall = min(max(time, right - Self.hour), right + Self.hour)
  }

  private func start(_ process: SimulatedProcess) {
    guard process.isStopped else { return }
    process.clockSkewMilliseconds =
      adversary.oneIn(4) ? adversary.magnitude(upTo: 10_000) - 5000 : 0
    let bootID = "00000000-0000-4000-8000-" + String(100_000_000_000 + bootCount)
    do {
      try process.start(
        on: disk, adversary, bootID: bootID, clock: { [unowned self] in now(for: process) },
        { [unowned self] error in
          if let error { refuse(error.name) } else { report.starts += 1 }
        })
    } catch {
      refuse("\(error)")
    }
  }

  private func stop(_ process: SimulatedProcess) {
    guard !process.isStopped else { return }
    report.stops += 1
    process.stop()
  }

  /// The next process starts at once, so a small step back of the clock is the worst case.
  private func crash(_ process: SimulatedProcess) {
    kill(process)
    if adversary.oneIn(4) { setClock(to: wall - adversary.magnitude(upTo: 1000)) }
    if adversary.oneIn(2) { start(process) }
  }

  private func kill(_ process: SimulatedProcess) {
    if process.isStopped { return }
    report.kills[process.point, default: 0] += 1
    process.kill()
  }

  /// Mostly while something written is not durable.
  private func cutPower() {
    guard disk.isDelicate || adversary.oneIn(8) else { return }
    report.powerCuts += 1
    for process in processes { kill(process) }
    disk.cutPower(adversary)
    (bootCount, bootTime) = (bootCount + 1, monotonic)
    // Like a clock whose battery is empty, or that lost the time set by the network.
    if adversary.oneIn(2) { setClock(to: wall - adversary.magnitude(upTo: Self.hour)) }
    for process in processes where adversary.oneIn(2) { start(process) }
  }

  private func refuse(_ name: String) { report.refusals[name, default: 0] += 1 }
}

// MARK: - Requests

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
    guard let source = process.source else { return }
    do throws(IDUnavailable) {
      enter(try source.nextRun(upTo: count, at: now(for: process)), of: process, source)
    } catch {
      refuse(error.code)
    }
  }

  private func enter(_ run: SnowflakeIDRun, of process: SimulatedProcess, _ source: IDSource) {
    if !ledger.isInOrder(run, after: process.lastID, machineID: source.machineID) {
      report.disorders += 1
    }
    let first = ledger.layout.parts(ofOwn: run.first)
    if first.unixMilliseconds >= disk.durableLimit(first.machineID) { report.fenceBreaches += 1 }
    process.lastID = run.last
    if !ledger.insert(run) { report.firstDuplicateStep = report.steps }
  }
}

// MARK: - Recovery

extension Simulation {
  /// Faults of clock and disk end, and the clock is past all limits. Then each process that can
  /// have a machine ID makes IDs, in little more than the time for which a clock is not trusted.
  private func recover() {
    disk.isFailing = false
    disk.repair()
    isStalled = false
    for process in processes { process.clockSkewMilliseconds = 0 }
    setClock(to: Self.origin + monotonic)
    let missing = max(0, disk.greatestLimit - wall)
    monotonic += missing
    wall += missing

    var ticks = (ForwardJumpDetector.holdMilliseconds + 3000) / 100
    var idle = processes
    while !idle.isEmpty, ticks > 0 {
      ticks -= 1
      for process in processes {
        start(process)
        process.lastID = nil
        process.clockSkewMilliseconds = 0
        makeIDs(upTo: 1, process)
        process.source?.renewIfNeeded(at: now(for: process))
        for _ in 0..<16 { process.step(losingReplies: false) }
        disk.repair()
      }
      idle = processes.filter { $0.lastID == nil && !isLockedOut($0) }
      monotonic += 100
      wall += 100
    }
    report.stuck += idle.count
  }

  /// Whether other processes have all of its machine IDs.
  private func isLockedOut(_ process: SimulatedProcess) -> Bool {
    process.source == nil && process.configuration.machineIDs.allSatisfy(disk.isHeld)
  }
}

extension StartError {
  fileprivate var name: String {
    switch self {
    case .store(.held), .store(.noneFree): "machine ID in use"
    case .store(.unreadable): "unreadable"
    case .store(.ahead), .clockBehindReservation: "clock behind reservation"
    case .store: "store failed"
    default: "\(self)"
    }
  }
}
