import Foundation
import Testing

/// A state directory of consecutive and of concurrent processes.
@Suite struct StateTests {
  let state: StateFolder

  init() throws { state = try StateFolder() }

  private func start(_ environment: [String: String] = [:]) throws -> RunningServer {
    try RunningServer(environment: state.environment.merging(environment) { $1 })
  }

  private func run(_ environment: [String: String] = [:]) throws -> Tool {
    let all = state.environment.merging(["MACHINE_ID": "1", "PORT": "0"]) { $1 }
    return try Tool.idgen([], environment: all.merging(environment) { $1 })
  }

  // MARK: - Consecutive processes

  @Test func cleanStopLeavesNoWait() throws {
    var last: UInt64 = 0
    for _ in 0..<5 {
      let server = try start()
      let id = try server.firstID().id
      #expect(id > last)
      last = id
      #expect(try server.stop() == .status(0))
      #expect(try state.limit(1) == last >> 22 + 1)
      #expect(!server.standardError.contains("STATE_DIR"))
    }
  }

  /// After a kill, the next process begins at the recorded limit.
  @Test func killLeavesAWindowAtMost() throws {
    var last: UInt64 = 0
    for _ in 0..<3 {
      let server = try start()
      let id = try server.firstID().id
      #expect(id > last)
      server.send(SIGKILL)
      #expect(try server.waitForExit() == .signal(SIGKILL))
      let limit = try state.limit(1)
      #expect(limit > id >> 22)
      let next = try start()
      let first = try next.firstID()
      #expect(first.id >> 22 >= limit)
      #expect(first.refusals.isSubset(of: ["reservation_pending"]))
      last = first.id
      #expect(try next.stop() == .status(0))
    }
  }

  /// With `auto`, the next process claims another machine ID and does not wait for the limit of the
  /// killed one: its first ID is older than that limit, and no request is refused.
  @Test func killLeavesNoWaitWithAuto() throws {
    let auto = ["MACHINE_ID": "auto", "RESERVATION_MS": "3600000"]
    var machineIDs: [UInt64] = []
    var limits: [UInt64] = []
    for number in 0..<3 {
      let server = try start(auto)
      let first = try server.firstID()
      #expect(first.refusals == [])
      #expect(limits.allSatisfy { first.id >> 22 < $0 })
      machineIDs.append(first.id >> 12 & 1023)
      server.send(SIGKILL)
      #expect(try server.waitForExit() == .signal(SIGKILL))
      limits.append(try state.limit(number))
      #expect(limits[number] > first.id >> 22 + 3_000_000)
    }
    #expect(machineIDs == [0, 1, 2])
  }

  /// A machine ID whose limit has passed is claimed again, and no other file is created.
  @Test func autoTakesWhatIsPast() throws {
    let auto = ["MACHINE_ID": "auto", "RESERVATION_MS": "1000"]
    let server = try start(auto)
    let last = try server.firstID().id
    server.send(SIGKILL)
    _ = try server.waitForExit()
    let limit = try state.limit(0)
    while UInt64(Date().timeIntervalSince1970 * 1000) - 1_704_067_200_000 < limit { usleep(10_000) }
    let next = try start(auto).firstID()
    #expect(next.refusals == [])
    #expect(next.id >> 12 & 1023 == 0)
    #expect(next.id > last)
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == ["machine-0"])
  }

  /// The lease window is a setting. A fixed machine ID waits for so long after a crash.
  @Test(arguments: [1000, 60_000] as [UInt64]) func windowIsSet(_ milliseconds: UInt64) throws {
    let server = try start(["RESERVATION_MS": "\(milliseconds)"])
    let before = UInt64(Date().timeIntervalSince1970 * 1000) - 1_704_067_200_000
    #expect(try state.limit(1) <= before + milliseconds)
    _ = try server.firstID()
    #expect(
      try server.response(to: Request.get("/metrics")).body.contains(
        "idgen_reservation_window_seconds{store=\"file\"} \(milliseconds / 1000).0\n"))
    #expect(try server.stop() == .status(0))
  }

  /// The server binds before it uses the store.
  @Test func serverThatCannotListenReservesNothing() throws {
    let occupant = try RunningServer()
    for _ in 0..<3 {
      #expect(try run(["PORT": "\(occupant.port)"]).exit == .status(69))
      #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == [])
    }
    #expect(try start().id() != nil)
  }

  // MARK: - Concurrent processes

  @Test func secondProcessIsRefused() throws {
    let first = try start()
    let result = try run()
    #expect(result.exit == .status(75))
    #expect(
      result.standardError.hasSuffix(
        "idgen: machine ID 1 is in use by \(first.owner)\n"))
    #expect(try start(["MACHINE_ID": "2"]).id() != nil)
    #expect(try first.id() != nil)
    first.send(SIGKILL)
    _ = try first.waitForExit()
    #expect(try start().firstID().id >> 12 & 1023 == 1)
  }

  /// `auto` claims the lowest machine ID that can be used at once, else the first whose limit
  /// passes.
  @Test func autoTakesOneThatIsFree() throws {
    let auto = ["MACHINE_ID": "auto", "MACHINE_ID_RANGE": "4-6"]
    var servers = try (0..<3).map { _ in try start(auto) }
    #expect(try servers.map { try ($0.id() ?? 0) >> 12 & 1023 } == [4, 5, 6])
    let result = try run(auto)
    #expect(result.exit == .status(75))
    #expect(
      result.standardError.hasSuffix("idgen: all machine IDs from 4 to 6 are in use\n"))
    servers[1].send(SIGKILL)
    _ = try servers[1].waitForExit()
    servers[1] = try start(auto)
    #expect(servers[1].standardError.contains("[machine 5, process "))
    #expect(try servers[1].firstID().id >> 12 & 1023 == 5)
    #expect(try servers[1].waitForLog(containing: "ready: machine ID 5 "))
  }

  @Test func autoNeedsState() throws {
    let result = try Tool.idgen(environment: ["MACHINE_ID": "auto", "PORT": "0"])
    #expect(result.exit == .status(64))
    #expect(result.standardError.contains("STATE_DIR"))
  }

  // MARK: - Damaged records

  private func damage(_ machineID: Int) throws -> Data {
    let file = URL(fileURLWithPath: state.file(machineID))
    var bytes = try Data(contentsOf: file)
    bytes[80] ^= 1
    try bytes.write(to: file)
    return bytes
  }

  @Test func corruptFileIsRefused() throws {
    #expect(try start().stop() == .status(0))
    let bytes = try damage(1)
    let result = try run()
    #expect(result.exit == .status(74))
    #expect(
      result.standardError.contains(
        "idgen: \(state.file(1)) is not a reservation that can be trusted: "))
    #expect(result.standardError.split(separator: "\n").count == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: state.file(1))) == bytes)
  }

  /// A file that was truncated after a `kill -9`: the limit is unknown.
  @Test func emptyFileIsRefused() throws {
    let server = try start()
    _ = try server.firstID()
    server.send(SIGKILL)
    _ = try server.waitForExit()
    try Data().write(to: URL(fileURLWithPath: state.file(1)))
    let result = try run()
    #expect(result.exit == .status(74))
    #expect(result.standardError.contains("its length is not 256"))
    #expect(
      result.standardError.hasSuffix(
        """
        Use another machine ID. Delete it only if no process has this machine ID, and no ID that \
        it made has a time later than now

        """))
  }

  /// With `auto`, a damaged file does not prevent a start with another machine ID.
  @Test func autoPassesOverADamagedFile() throws {
    #expect(try start().stop() == .status(0))
    _ = try damage(1)
    let server = try start(["MACHINE_ID": "auto", "MACHINE_ID_RANGE": "1-2"])
    #expect(try (server.id() ?? 0) >> 12 & 1023 == 2)
    #expect(
      server.standardError.contains(
        "] skipped a machine ID: \(state.file(1)) is not a reservation"))
    #expect(try server.stop() == .status(0))
  }

  @Test func folderMustBeThere() throws {
    let result = try run(["STATE_DIR": state.path + "/nothing"])
    #expect(result.exit == .status(74))
    #expect(
      result.standardError.hasSuffix(
        "idgen: STATE_DIR=\(state.path)/nothing: there is no such folder. Create it; this process "
          + "runs as user \(geteuid()), which must own it\n"))
    try Data().write(to: URL(fileURLWithPath: state.path + "/file"))
    let file = try run(["STATE_DIR": state.path + "/file"])
    #expect(file.exit == .status(74))
    #expect(
      file.standardError.hasSuffix("idgen: STATE_DIR=\(state.path)/file: it is not a folder\n"))
  }
}
