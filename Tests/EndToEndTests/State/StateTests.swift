import Foundation
import Testing

/// What a state directory keeps from one process to the next, and from one to the other.
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

  // MARK: - One after the other

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

  /// The next begins where the time ends that the killed one had reserved.
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
      #expect(first.refusals.isSubset(of: ["clock_behind"]))
      last = first.id
      #expect(try next.stop() == .status(0))
    }
  }

  @Test func serverThatCannotListenReservesNothing() throws {
    let occupant = try RunningServer()
    for _ in 0..<3 {
      #expect(try run(["PORT": "\(occupant.port)"]).exit == .status(69))
      #expect(try state.limit(1) == 0)
    }
    #expect(try start().id() != nil)
  }

  // MARK: - Two at once

  @Test func secondProcessIsRefused() throws {
    let first = try start()
    let result = try run()
    #expect(result.exit == .status(75))
    #expect(result.standardError == "idgen: machine ID 1 is in use by process \(first.processID)\n")
    #expect(try start(["MACHINE_ID": "2"]).id() != nil)
    #expect(try first.id() != nil)
    first.send(SIGKILL)
    _ = try first.waitForExit()
    #expect(try start().firstID().id >> 12 & 1023 == 1)
  }

  @Test func autoTakesTheLowestFree() throws {
    let auto = ["MACHINE_ID": "auto", "MACHINE_ID_RANGE": "4-6"]
    var servers = try (0..<3).map { _ in try start(auto) }
    #expect(try servers.map { try ($0.id() ?? 0) >> 12 & 1023 } == [4, 5, 6])
    let result = try run(auto)
    #expect(result.exit == .status(75))
    #expect(result.standardError == "idgen: all machine IDs from 4 to 6 are in use\n")
    servers[1].send(SIGKILL)
    _ = try servers[1].waitForExit()
    servers[1] = try start(auto)
    #expect(servers[1].standardError.contains("(machine ID 5, "))
    #expect(try servers[1].firstID().id >> 12 & 1023 == 5)
  }

  @Test func autoNeedsState() throws {
    let result = try Tool.idgen(environment: ["MACHINE_ID": "auto", "PORT": "0"])
    #expect(result.exit == .status(64))
    #expect(result.standardError.contains("STATE_DIR"))
  }

  // MARK: - What cannot be trusted

  @Test(arguments: ["MACHINE_ID", "auto"])
  func corruptFileIsRefused(_ machineID: String) throws {
    let environment = machineID == "auto" ? ["MACHINE_ID": "auto", "MACHINE_ID_RANGE": "1-2"] : [:]
    #expect(try start().stop() == .status(0))
    let file = URL(fileURLWithPath: state.file(1))
    var bytes = try Data(contentsOf: file)
    bytes[80] ^= 1
    try bytes.write(to: file)
    let result = try run(environment)
    #expect(result.exit == .status(74))
    #expect(
      result.standardError.hasPrefix(
        "idgen: \(file.path) is not a reservation that can be trusted: "))
    #expect(result.standardError.split(separator: "\n").count == 1)
    #expect(try Data(contentsOf: file) == bytes)
  }

  @Test func folderMustBeThere() throws {
    let result = try run(["STATE_DIR": state.path + "/nothing"])
    #expect(result.exit == .status(74))
    #expect(
      result.standardError
        == "idgen: \(state.path)/nothing/machine-1: no such file or directory\n")
    try Data().write(to: URL(fileURLWithPath: state.path + "/file"))
    #expect(try run(["STATE_DIR": state.path + "/file"]).exit == .status(74))
  }
}
