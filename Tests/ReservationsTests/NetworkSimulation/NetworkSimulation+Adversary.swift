import Snowflake

@testable import Reservations

// The adversary.

extension NetworkSimulation {
  private enum Action {
    case request, wait, kill, reboot, stop, start, pause, resume, cutOff
    case changeClock, acceptClock, look
    case changeMember, takeAllAway, healMembers, changeCalmness
    case backUp, restoreMember, restoreAll, expireTokens
  }

  private static let weights: [(value: Action, weight: Int)] = [
    (.request, 500), (.wait, 300), (.kill, 16), (.reboot, 3), (.stop, 12), (.start, 40),
    (.pause, 12), (.resume, 10), (.cutOff, 12), (.changeClock, 21),
    (.acceptClock, 1), (.look, 30), (.changeMember, 8), (.takeAllAway, 2), (.healMembers, 10),
    (.changeCalmness, 8), (.backUp, 4), (.restoreMember, 5), (.restoreAll, 1),
    (.expireTokens, 4),
  ]
  private static let totalWeight = weights.reduce(0) { $0 + $1.weight }

  func step() {
    report.steps += 1
    let process = processes[adversary.pick(0..<processes.count)]
    switch adversary.choose(Self.weights, total: Self.totalWeight) {
    case .request: request(of: process)
    case .wait: wait()
    case .kill: crash(oneInTheMiddle(or: process))
    case .reboot: reboot(oneInTheMiddle(or: process))
    case .stop: stop(process)
    case .start: start(process)
    case .pause: pause(oneInTheMiddle(or: process))
    case .resume: resume(process)
    case .cutOff: cutOff(oneInTheMiddle(or: process))
    case .changeClock: change(&process.clock)
    case .acceptClock: process.source?.acceptClock(at: now(for: process))
    case .look: process.source?.renewIfNeeded(at: now(for: process))
    case .changeMember: network.members[adversary.pick(0..<3)] = otherMember()
    case .takeAllAway:
      record(.allAway)
      let member = otherMember()
      for index in 0..<3 { network.members[index] = member }
    case .healMembers: healMembers()
    case .changeCalmness: calmness = [2, 5, 20, 1000][adversary.pick(0..<4)]
    case .backUp: backup = network.etcd
    case .restoreMember: restoreMember()
    case .restoreAll: if adversary.oneIn(2) { restoreAll() }
    case .expireTokens:
      network.etcd.expireTokens()
      if adversary.oneIn(4) { network.files = [:] }
    }
  }

  /// Mostly a moment; sometimes longer than any wait of the service.
  private func wait() {
    let milliseconds: Int64 =
      switch adversary.pick(0..<256) {
      case 0...3: adversary.pick(0...40_000)
      case 4...30: adversary.pick(0...6000)
      case 31...100: adversary.pick(0...1000)
      default: adversary.pick(0...5)
      }
    network.queue.advance(byMilliseconds: milliseconds)
  }

  private func change(_ clock: inout SimulatedClock) {
    let right = network.unixMilliseconds
    switch adversary.pick(0..<8) {
    case 0, 1:
      let distance = adversary.magnitude(upTo: SimulatedClock.greatestErrorMilliseconds)
      clock.step(by: adversary.oneIn(2) ? distance : -distance, right: right)
    case 2: clock.stall(!clock.isStalled, right: right)
    default:
      clock.stall(false, right: right)
      clock.set(error: adversary.pick(-5000...5000), right: right)
    }
  }
}

// MARK: - Processes

extension NetworkSimulation {
  func start(_ process: NetworkProcess) {
    guard process.isStopped, !isHalted else { return }
    do {
      try process.start(
        on: network, ownerNumber: UInt64(adversary.pick(1...Int64.max)),
        now: { [unowned self] in now(for: process) },
        { [unowned self] error in
          guard let error else {
            report.starts += 1
            return
          }
          refuse(error.kind)
          startLater(process)
        },
        didLose: { [unowned self] in
          record(.machineIDLost)
          endLater(process)
        })
    } catch {
      refuse("\(error)")
    }
  }

  /// A process that has lost its machine ID drains and ends; then its supervisor starts it again.
  private func endLater(_ process: NetworkProcess) {
    process.transport?.after(adversary.pick(0...2000)) { [unowned self] in
      process.stop()
      if process.isStopped { startLater(process) }
    }
  }

  private func startLater(_ process: NetworkProcess) {
    let delay = isPeace ? 1000 : adversary.pick(1000...20_000)
    network.queue.schedule(afterMilliseconds: delay) { [unowned self] in start(process) }
  }

  /// Mostly one with a request in progress.
  private func oneInTheMiddle(or process: NetworkProcess) -> NetworkProcess {
    if adversary.oneIn(3) { return process }
    let asking = processes.filter { $0.transport?.isAsking == true }
    return asking.isEmpty ? process : asking[adversary.pick(0..<asking.count)]
  }

  /// Stops it while requests arrive. The next process starts at once, perhaps at the time of the
  /// last IDs or before, and gets requests at once, too.
  private func stop(_ process: NetworkProcess) {
    guard !process.isStopped, !process.isPaused else { return }
    for _ in 0..<8 {
      request(of: process)
      network.queue.advance(byMilliseconds: 1)
    }
    report.stops += 1
    process.stop()
    guard adversary.oneIn(2) else { return }
    let delay = adversary.pick(10...30)
    network.queue.schedule(afterMilliseconds: delay) { [unowned self] in
      guard process.isStopped else { return }
      process.clock.step(by: -delay - adversary.pick(0...30), right: network.unixMilliseconds)
      start(process)
      for milliseconds in 1...Int64(40) {
        network.queue.schedule(afterMilliseconds: milliseconds) { [unowned self] in
          request(of: process)
        }
      }
    }
  }

  private func crash(_ process: NetworkProcess) {
    kill(process)
    if adversary.oneIn(2) { start(process) }
  }

  private func kill(_ process: NetworkProcess) {
    if process.isStopped { return }
    report.kills[process.point, default: 0] += 1
    process.kill()
  }

  private func reboot(_ process: NetworkProcess) {
    kill(process)
    record(.reboot)
    process.clock.boot(monotonic: network.queue.now)
    // Like a clock whose battery is empty, or that lost the time set by the network.
    if adversary.oneIn(2) {
      process.clock.step(
        by: -adversary.magnitude(upTo: SimulatedClock.greatestErrorMilliseconds),
        right: network.unixMilliseconds)
    }
    if adversary.oneIn(2) { start(process) }
  }

  private func pause(_ process: NetworkProcess) {
    guard !process.isStopped, !process.isPaused else { return }
    report.pauses[process.point, default: 0] += 1
    process.transport?.pause()
    let (transport, since) = (process.transport, network.queue.now)
    let delay =
      adversary.oneIn(2) ? adversary.magnitude(upTo: 2000) : adversary.pick(10_000...40_000)
    network.queue.schedule(afterMilliseconds: delay) { [unowned self] in
      guard let transport, process.transport === transport, transport.isPaused else { return }
      let window = process.configuration.leaseWindowMilliseconds ?? 0
      if network.queue.now - since > window { record(.longPause) }
      // A request, a timer or an answer may come first.
      transport.resume(timersFirst: adversary.oneIn(2)) {
        if adversary.oneIn(2) { request(of: process) }
      }
      request(of: process)
    }
  }

  func resume(_ process: NetworkProcess) {
    guard process.isPaused else { return }
    process.transport?.resume(timersFirst: adversary.oneIn(2))
  }
}

// MARK: - Members

extension NetworkSimulation {
  /// Whether no member carries out requests.
  var isEngineAway: Bool {
    network.members.allSatisfy { if case .serving = $0 { false } else { true } }
  }

  private func cutOff(_ process: NetworkProcess) {
    record(.cutOff)
    process.isCutOffUntil = network.queue.now + adversary.magnitude(upTo: 20_000)
  }

  func fate(of sender: SimulatedTransport) -> SimulatedNetwork.Fate {
    var fate = SimulatedNetwork.Fate(
      arrivals: [adversary.pick(0...3)], reply: adversary.pick(0...3))
    if isPeace { return fate }
    if let process = processes.first(where: { $0.transport === sender }),
      network.queue.now < process.isCutOffUntil
    {
      fate.arrivals = adversary.oneIn(3) ? [] : [adversary.pick(0...20_000)]
      fate.reply = nil
      return fate
    }
    guard adversary.oneIn(calmness) else { return fate }
    switch adversary.pick(0..<6) {
    case 0: fate.arrivals = []
    case 1, 2: fate.reply = nil
    case 3: fate.arrivals = [adversary.magnitude(upTo: 30_000)]
    case 4: fate.arrivals.append(adversary.magnitude(upTo: 30_000))
    default: fate.reply = adversary.magnitude(upTo: 3000)
    }
    return fate
  }

  private func otherMember() -> SimulatedNetwork.Member {
    switch adversary.pick(0..<3) {
    case 0: .refusing
    case 1: .unavailable
    default: .silent
    }
  }

  func healMembers() {
    for index in 0..<3 { network.members[index] = .serving }
    network.files = [Self.passwordFile: Array("secret\n".utf8)]
  }

  private func restoreMember() {
    var other = backup
    if adversary.oneIn(3) { other.clusterID &+= 1 }
    network.members[adversary.pick(0..<3)] = .restored(other)
  }

  /// The steps that the documentation tells an operator to take.
  private func restoreAll() {
    record(.allRestored)
    for process in processes { kill(process) }
    // Messages in flight arrive.
    passTime(until: network.unixMilliseconds + 60_000)
    let behind = 2 * SimulatedClock.greatestErrorMilliseconds
    passTime(until: greatestLimit + behind)
    network.etcd = backup
    healMembers()
    for process in processes { start(process) }
  }

  /// Lets time pass without starting a process.
  func passTime(until unixMilliseconds: Int64) {
    isHalted = true
    network.queue.advance(
      byMilliseconds: max(0, unixMilliseconds - network.unixMilliseconds))
    isHalted = false
  }
}

extension StartError {
  fileprivate var kind: String {
    switch self {
    case .store(.held), .store(.noneFree): "machine ID in use"
    case .store(.unreadable): "unreadable"
    case .store(.ahead), .clockBehindReservation: "clock behind reservation"
    case .store(.clockSkew): "clock skew"
    case .store: "store failed"
    default: "\(self)"
    }
  }
}
