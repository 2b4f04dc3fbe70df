import Foundation
import Testing

/// One machine ID has one owner on all hosts: the real program with a real etcd.
@Suite struct EtcdTests {
  private let etcd: RunningEtcd

  init() throws { etcd = try RunningEtcd() }

  private func start(
    _ machineID: String = "7", _ environment: [String: String] = [:]
  ) throws -> RunningServer {
    try RunningServer(
      environment: etcd.environment.merging(["MACHINE_ID": machineID]) { $1 }
        .merging(environment) { $1 })
  }

  private func run(
    _ machineID: String = "7", _ environment: [String: String] = [:]
  ) throws -> Tool {
    try Tool.idgen(
      [],
      environment: etcd.environment.merging(["MACHINE_ID": machineID, "PORT": "0"]) { $1 }
        .merging(environment) { $1 })
  }

  // MARK: - Consecutive processes

  /// The record of a clean stop has no owner, and its limit is past the last ID.
  @Test func cleanStopLeavesNoWait() throws {
    var last: UInt64 = 0
    for _ in 0..<3 {
      let server = try start()
      let id = try server.firstID().id
      #expect(id > last)
      last = id
      let held = try etcd.record(7)
      #expect(held["process"] == "\(server.processID)")
      #expect(held["window"] == "1000")
      #expect(try server.stop() == .status(0))
      let released = try etcd.record(7)
      #expect(released["owner"] == "0000000000000000")
      #expect(released["limit"] == "\(last >> 22 + 1)")
    }
  }

  /// After a kill, a restart with `auto` claims another machine ID at once.
  @Test func autoDoesNotWaitAfterAKill() throws {
    let server = try start("auto", ["RESERVATION_MS": "5000"])
    #expect(server.standardError.contains("machine ID 0 is claimed"))
    let first = try server.firstID().id
    server.send(SIGKILL)
    #expect(try server.waitForExit() == .signal(SIGKILL))
    let next = try start("auto", ["RESERVATION_MS": "5000"])
    #expect(next.standardError.contains("machine ID 1 is claimed"))
    #expect(!next.standardError.contains("waiting"))
    #expect(try next.firstID().refusals == [])
    #expect(try next.firstID().id > first)
  }

  /// A process with a fixed machine ID waits until the limit of the last owner has passed.
  @Test func fixedMachineIDBeginsAtTheLimit() throws {
    let server = try start("7", ["RESERVATION_MS": "5000"])
    _ = try server.firstID()
    server.send(SIGKILL)
    #expect(try server.waitForExit() == .signal(SIGKILL))
    let record = try etcd.record(7)
    let limit = try #require(UInt64(record["limit"] ?? ""))
    let next = try start("7", ["RESERVATION_MS": "5000"])
    #expect(
      next.standardError.contains(
        "by process \(server.processID) on host \(record["host"] ?? "?"): waiting until"))
    #expect(try next.firstID().id >> 22 >= limit)
  }

  // MARK: - Concurrent processes

  @Test func liveOwnerKeepsItsMachineID() throws {
    let server = try start()
    let tool = try run()
    #expect(tool.exit == .status(75))
    let host = try #require(try etcd.record(7)["host"])
    #expect(
      tool.standardError.hasSuffix(
        "idgen: machine ID 7 is in use by process \(server.processID) on host \(host)\n"))
    #expect(try server.firstID().refusals == [])
    let generated = try Tool.idgen(
      "generate", environment: etcd.environment.merging(["MACHINE_ID": "7"]) { $1 })
    #expect(generated.exit == .status(75))
    #expect(generated.standardOutput == "")
  }

  /// An owner that was paused for longer than its lease window makes no more IDs.
  @Test func replacedOwnerMakesNoID() throws {
    let sleeper = try start()
    let last = try sleeper.firstID().id
    let client = try RawClient(port: sleeper.port)
    sleeper.send(SIGSTOP)
    let heir = try start()
    let first = try heir.firstID().id
    #expect(first > last)
    #expect(first >> 22 >= last >> 22)
    try client.send(Request.id)
    sleeper.send(SIGCONT)
    // It handles the request before it learns of the loss, but its reserved time has passed.
    let response = try client.readResponse()
    #expect(response.id == nil)
    #expect(response.status == 503)
    #expect(try sleeper.waitForExit() == .status(75))
    #expect(
      sleeper.standardError.contains(
        "idgen: the machine ID is lost: /idgen/machine-7 was taken over by "
          + "process \(heir.processID) "))
    #expect(try heir.firstID().refusals == [])
  }

  @Test func aDeletedKeyIsALoss() throws {
    let server = try start()
    _ = try server.firstID()
    try etcd.control("del", "/idgen/machine-7")
    #expect(try server.waitForExit() == .status(75))
    #expect(server.standardError.contains("/idgen/machine-7 has been deleted or replaced"))
  }

  @Test func autoTakesOneEach() throws {
    let servers = try (0..<5).map { _ in
      try start("auto", ["MACHINE_ID_RANGE": "3-7", "RESERVATION_MS": "5000"])
    }
    let machineIDs = try servers.map { try $0.firstID().id >> 12 & 0x3FF }
    #expect(machineIDs.sorted() == [3, 4, 5, 6, 7])
    let tool = try run("auto", ["MACHINE_ID_RANGE": "3-7", "RESERVATION_MS": "5000"])
    #expect(tool.exit == .status(75))
    #expect(
      tool.standardError.hasSuffix("idgen: all machine IDs from 3 to 7 are in use\n"))
  }

  // MARK: - Outages of etcd

  /// IDs are made until the limit; then requests get an error until etcd is back.
  @Test func etcdThatIsAwayIsWaitedFor() throws {
    let server = try start()
    let first = try server.firstID().id
    try etcd.kill()
    #expect(try server.waitForLog(containing: "renewing the reservation failed, and is retried: "))
    #expect(try server.waitForLog(containing: "no IDs are made: the reserved time is over"))
    #expect(try server.response(to: Request.id).code == "reservation_expired")
    #expect(try server.response(to: Request.ready).code == "reservation_expired")
    try etcd.restart()
    #expect(try server.waitForLog(containing: "IDs are made again"))
    #expect(try server.firstID().id > first)
    #expect(try server.stop() == .status(0))
  }

  @Test func aStartWaitsForEtcd() throws {
    try etcd.kill()
    let child = try ChildProcess(
      Tool.idgen(), [],
      environment: etcd.environment.merging(["MACHINE_ID": "auto", "PORT": "0"]) { $1 })
    #expect(try child.waitForStandardError(containing: "connection refused"))
    try etcd.restart()
    #expect(try child.waitForStandardError(containing: "ready: machine ID 0"))
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
  }

  /// SIGTERM ends a claim that waits.
  @Test func aStartThatWaitsCanBeEnded() throws {
    try etcd.kill()
    let child = try ChildProcess(
      Tool.idgen(), [],
      environment: etcd.environment.merging(["MACHINE_ID": "auto", "PORT": "0"]) { $1 })
    #expect(try child.waitForStandardError(containing: "connection refused"))
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
  }

  /// The client tries all members, also by name.
  @Test func oneMemberIsEnough() throws {
    let addresses = "http://127.0.0.1:1,\(etcd.address.replacing("127.0.0.1", with: "localhost"))"
    let server = try start("7", ["ETCD_ENDPOINTS": addresses])
    #expect(try server.firstID().refusals == [])
    #expect(try server.stop() == .status(0))
  }

  // MARK: - etcd's clock and users

  @Test(.setsClock, arguments: ["+60", "-60"])
  func aClockFarFromEtcdsIsRefused(_ offset: String) throws {
    let clock = try FakeClock(offset)
    let tool = try run("auto", clock.environment)
    #expect(tool.exit == .status(75))
    #expect(tool.standardError.contains("they may be 10000 ms apart"))
    let wide = try start(
      "auto", clock.environment.merging(["CLOCK_SKEW_MS": "90000"]) { $1 })
    #expect(try wide.firstID().refusals == [])
  }

  @Test func usersAndTokens() throws {
    let password = try StateFolder()
    let file = password.path + "/password"
    try Data("secret\n".utf8).write(to: URL(fileURLWithPath: file))
    try etcd.control("user", "add", "root:root")
    try etcd.control("user", "grant-role", "root", "root")
    try etcd.control("role", "add", "idgen")
    try etcd.control("role", "grant-permission", "idgen", "--prefix=true", "readwrite", "/idgen/")
    try etcd.control("user", "add", "idgen:secret")
    try etcd.control("user", "grant-role", "idgen", "idgen")
    try etcd.control("auth", "enable")

    let anonymous = try run()
    #expect(anonymous.exit == .status(74))
    #expect(anonymous.standardError.contains("set ETCD_USERNAME and ETCD_PASSWORD_FILE"))
    let settings = ["ETCD_USERNAME": "idgen", "ETCD_PASSWORD_FILE": file]
    let server = try start("7", settings)
    #expect(try server.firstID().refusals == [])
    // etcd keeps tokens in memory: a member that was restarted knows none of them.
    try etcd.kill()
    try etcd.restart()
    #expect(try server.firstID().id > 0)
    #expect(try server.stop() == .status(0))

    let forbidden = try run("7", settings.merging(["ETCD_PREFIX": "/other/"]) { $1 })
    #expect(forbidden.exit == .status(74))
    #expect(forbidden.standardError.contains("permission denied"))
    try Data("wrong\n".utf8).write(to: URL(fileURLWithPath: file))
    let refused = try run("7", settings)
    #expect(refused.exit == .status(74))
    #expect(refused.standardError.contains("invalid user ID or password"))
    try FileManager.default.removeItem(atPath: file)
    let missing = try run("7", settings)
    #expect(missing.exit == .status(74))
    #expect(
      missing.standardError.hasSuffix(
        "idgen: ETCD_PASSWORD_FILE=\(file): no such file or directory\n"))
  }
}
