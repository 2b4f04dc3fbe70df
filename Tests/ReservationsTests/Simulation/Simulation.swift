import Snowflake

@testable import Reservations

/// Three processes for two machine IDs, a clock and a disk, and an adversary who decides what
/// happens to them. No sockets, no real time: a seed says it all. The generator, the source of IDs and
/// the file store are those of production; below them is a simulated file system.
///
/// The clock steps by up to an hour either way, stalls and jumps; processes are killed before every
/// call to the file system; the power is cut, which takes what is not synchronized, or a part of it;
/// the disk fails, is slow, and loses replies.
final class Simulation {
  struct Report: Equatable, Sendable {
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
    /// Looks at whether an ID could be made that had anything written.
    var costlyLooks = 0
    /// Processes that made no ID, long after clock and disk had become well.
    var stuck = 0
  }

  private(set) var report = Report()

  private let adversary: Adversary
  private let disk = SimulatedDisk()
  private let processes: [SimulatedProcess]
  private var ledger = IDLedger()

  /// Both clocks, in milliseconds. The other goes on while the host is down.
  private var monotonic: Int64 = 0
  private var wall: Int64
  /// How often the host has been booted, and when last.
  private var bootCount = 1
  private var bootTime: Int64 = 0
  /// What the wall clock should be when the other is 0.
  private static let origin: Int64 = 1_769_689_174_499
  private static let hour: Int64 = 3_600_000
  private var isStalled = false

  init(seed: UInt64) {
    adversary = Adversary(seed: seed)
    wall = Self.origin
    processes = [(1...1, 10), (1...1, 0), (1...2, 1000)].map {
      SimulatedProcess(machineIDs: $0.0, toleranceMilliseconds: $0.1)
    }
  }

  deinit { for process in processes { process.kill() } }

  /// Lets the adversary act, then sees whether everything recovers. Ends at the first duplicate.
  static func run(seed: UInt64, steps: Int) -> Report {
    let simulation = Simulation(seed: seed)
    while simulation.report.steps < steps, simulation.report.firstDuplicateStep == nil {
      simulation.step()
    }
    if simulation.report.firstDuplicateStep == nil { simulation.recover() }
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
      // Rather one that is in the middle of something.
      crash(adversary.oneIn(3) ? process : processes.first(where: \.isBusy) ?? process)
    case .cutPower: cutPower()
    case .stop:
      stop(process)
      // The next one starts where the last ID was made, or before.
      if adversary.oneIn(4) { setClock(to: wall - adversary.magnitude(upTo: 1000)) }
    case .start: start(process)
    case .toggleDisk: disk.isFailing = !disk.isFailing && adversary.oneIn(4)
    case .repair: disk.repair()
    case .acceptClock: process.source?.acceptClock(at: now(for: process))
    case .look: look(at: process)
    }
  }

  /// As `/ready` does, which changes nothing; then the server tries again what has failed.
  private func look(at process: SimulatedProcess) {
    guard let source = process.source else { return }
    let wasBusy = process.isBusy
    _ = source.unavailability(at: now(for: process))
    if process.isBusy != wasBusy { report.costlyLooks += 1 }
    source.renewIfNeeded(at: now(for: process))
  }

  private func now(for process: SimulatedProcess) -> ClockReading {
    ClockReading(
      unixMilliseconds: wall + process.clockSkewMilliseconds,
      monotonicMilliseconds: monotonic - bootTime)
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

  /// The next one starts at once, so a small step back of the clock is the worst.
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

  /// Mostly when something is written and not durable.
  private func cutPower() {
    guard disk.isDelicate || adversary.oneIn(8) else { return }
    report.powerCuts += 1
    for process in processes { kill(process) }
    disk.cutPower(adversary)
    (bootCount, bootTime) = (bootCount + 1, monotonic)
    // As with a clock whose battery is empty, or that was set by the network and not kept.
    if adversary.oneIn(2) { setClock(to: wall - adversary.magnitude(upTo: Self.hour)) }
    for process in processes where adversary.oneIn(2) { start(process) }
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
    guard let source = process.source else { return }
    do throws(IDUnavailable) {
      enter(try source.nextRun(upTo: count, at: now(for: process)), of: process, source)
    } catch {
      refuse(error.code)
    }
  }

  private func enter(_ run: SnowflakeIDRun, of process: SimulatedProcess, _ source: IDSource) {
    let isInOrder =
      process.lastID.map { $0 < run.first } ?? true && run.first.machineID == source.machineID
      && run.first.sequence + run.count <= 4096
    if !isInOrder { report.disorders += 1 }
    if run.first.timestamp >= disk.durableLimit(run.first.machineID) { report.fenceBreaches += 1 }
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
    setClock(to: Self.origin + monotonic)
    let missing = max(0, disk.greatestLimit + SnowflakeID.epochUnixMilliseconds - wall)
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

  /// Whether others have all of its machine IDs.
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
