import Snowflake

@testable import Reservations

// What must be so once the adversary has stopped.

extension NetworkSimulation {
  private static let tickMilliseconds: Int64 = 100
  /// A clock is held suspect for a minute; then owners are watched, and machine IDs taken.
  private static let longestRecoveryMilliseconds = ForwardJumpDetector.holdMilliseconds + 40_000
  /// Longer than it takes to watch an owner, and to start again after that.
  private static let peaceMilliseconds: Int64 = 20_000

  /// Network, members and clocks become well, paused processes go on, and the time is past all that
  /// was reserved. Then each process that can have a machine ID makes IDs, soon, and keeps it.
  func recover() {
    isPeace = true
    healMembers()
    for process in processes { process.transport?.pause() }
    passTime(
      until: max(
        greatestLimit + SnowflakeID.epochUnixMilliseconds + 5000, network.unixMilliseconds + 31_000)
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

  /// - Returns: those that make no IDs, although no other has all of their machine IDs.
  private func tick() -> [NetworkProcess] {
    network.queue.advance(byMilliseconds: Self.tickMilliseconds)
    // Supervisors look once a second.
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
