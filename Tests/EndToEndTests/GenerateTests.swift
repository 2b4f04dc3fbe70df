import Foundation
import Testing

/// `idgen generate` beside other processes: it makes no IDs with a machine ID that a server has.
@Suite struct GenerateTests {
  let state: StateFolder

  init() throws { state = try StateFolder() }

  private func generate(_ count: Int, _ environment: [String: String] = [:]) throws -> Tool {
    let all = state.environment.merging(["MACHINE_ID": "1"]) { $1 }.merging(environment) { $1 }
    return try Tool.idgen("generate", "--count", "\(count)", environment: all)
  }

  private func ids(of result: Tool) -> [UInt64] {
    result.standardOutput.split(separator: "\n").compactMap { UInt64($0) }
  }

  @Test func withoutAStoreItWarnsThatIDsCanRepeat() throws {
    let result = try Tool.idgen("generate", environment: ["MACHINE_ID": "1"])
    #expect(result.exit == .status(0))
    #expect(
      result.standardError
        == "idgen: no store is set (STATE_DIR or ETCD_ENDPOINTS): another process with this machine "
        + "ID can make the same IDs\n")
  }

  @Test func withAStoreEachBeginsAfterTheLast() throws {
    var last: UInt64 = 0
    for count in [1, 10_000, 1, 5000] {
      let result = try generate(count)
      #expect(result.exit == .status(0))
      #expect(result.standardError == "")
      let ids = ids(of: result)
      #expect(ids.count == count)
      #expect(zip([last] + ids, ids).allSatisfy { $0 < $1 })
      last = ids.last ?? 0
      #expect(try state.limit(1) == last >> 22 + 1)
    }
  }

  @Test func itIsRefusedWhileAServerHasTheMachineID() throws {
    let server = try RunningServer(environment: state.environment)
    let result = try generate(1)
    #expect(result.exit == .status(75))
    #expect(result.standardOutput == "")
    #expect(
      result.standardError == "idgen: machine ID 1 is in use by \(server.owner)\n")
    #expect(try server.stop() == .status(0))
    #expect(try generate(1).exit == .status(0))
  }

  /// Many processes with `auto` at once make no ID twice.
  @Test func manyAtOnceMakeDifferentIDs() throws {
    let children = try (0..<8).map { _ in
      try ChildProcess(
        Tool.idgen(), ["generate", "--count", "20000"],
        environment: state.environment.merging(["MACHINE_ID": "auto"]) { $1 })
    }
    var all: [UInt64] = []
    for child in children {
      #expect(try child.waitForExit() == .status(0))
      all += child.standardOutput.split(separator: "\n").compactMap { UInt64($0) }
    }
    #expect(all.count == 160_000)
    #expect(Set(all).count == 160_000)
  }

  /// After a kill, it waits for the recorded limit, however long the lease window is.
  @Test(arguments: ["3000", "6000"]) func aCrashIsWaitedFor(leaseWindowMilliseconds: String) throws
  {
    let window = ["RESERVATION_MS": leaseWindowMilliseconds]
    let server = try RunningServer(environment: state.environment.merging(window) { $1 })
    let last = try server.firstID().id
    server.send(SIGKILL)
    _ = try server.waitForExit()
    let limit = try state.limit(1)
    let ids = ids(of: try generate(1, window))
    #expect(ids.count == 1)
    #expect(ids.allSatisfy { $0 > last && $0 >> 22 >= limit })
  }

  /// A long wait is reported, so that nobody takes it for a hang.
  @Test func aLongWaitIsReported() throws {
    let window = ["RESERVATION_MS": "3600000"]
    let server = try RunningServer(environment: state.environment.merging(window) { $1 })
    server.send(SIGKILL)
    _ = try server.waitForExit()
    let child = try ChildProcess(
      Tool.idgen(), ["generate"],
      environment: state.environment.merging(window) { $1 }.merging(["MACHINE_ID": "1"]) { $1 })
    #expect(
      try child.waitForStandardError(
        containing: "idgen: waiting: the time that was reserved before the last stop ends in "))
    child.send(SIGKILL)
    _ = try child.waitForExit()
    #expect(child.standardOutput == "")
    #expect(child.standardError.split(separator: "\n").count == 1)
  }
}
