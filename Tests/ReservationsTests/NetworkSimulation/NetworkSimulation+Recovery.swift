import Snowflake

@testable import Reservations

// What must hold once the adversary has stopped.

extension NetworkSimulation {
  private static let tickMilliseconds: Int64 = 100
  /// A clock is not trusted for a minute; then owners are watched, and machine IDs claimed.
  private static let longestRecoveryMilliseconds = ForwardJumpDetector.holdMilliseconds + 40_000
  /// Longer than it takes to watch an owner and then to start again.
  private static let peaceMilliseconds: Int64 = 20_000

  /// Faults of network, members and clocks end, paused processes continue, and the time is past all
  /// limits. Then each process that can have a machine ID soon makes IDs, and keeps it.
  func recover() {
    isPeace = true
    healMembers()
    for process in processes { process.transport?.pause() }
    passTime(
      until: max(
        greatestLimit + 5000, network.unixMilliseconds + 31_000)
    )
    for process in processes {
      process.clock.stall(false, right: network.unixMilliseconds)
      process.clock.set(error: adversary.pick(-500...500), right: network.unixMilliseconds)
      resume(process)
      start(process)
    }

    var idle = processes
    var rest = Self.longestRecoveryMilliseconds
    while !idle.isEmpty, rest > 0 {
      rest -= Self.tickMilliseconds
      idle = tick()
    }
    report.stuck += idle.count
    guard idle.isEmpty else { return }
    isSettled = true
    for _ in 0..<Self.peaceMilliseconds / Self.tickMilliseconds { report.stuck += tick().count }
  }

  /// - Returns: the processes that make no IDs although others do not have all of their machine
  ///   IDs.
  private func tick() -> [NetworkProcess] {
    network.queue.advance(byMilliseconds: Self.tickMilliseconds)
    // Supervisors check once a second.
    if network.queue.now % 1000 < Self.tickMilliseconds {
      for process in processes { start(process) }
    }
    let idle = processes.filter { process in
      let last = process.lastID
      makeIDs(upTo: 1, process)
      return process.lastID == last || process.lastID == nil
    }
    let taken = Set(
      processes.filter { $0.isRunning && $0.lastID != nil }.compactMap { $0.source?.machineID })
    return idle.filter { $0.isRunning || !taken.isSuperset(of: $0.configuration.machineIDs) }
  }
}
