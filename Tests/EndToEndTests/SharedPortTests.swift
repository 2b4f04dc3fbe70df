import Foundation
import Testing

/// Several processes on one port, each with a machine ID of its own.
@Suite struct SharedPortTests {
  @Test func connectionsAreSpreadAndAProcessThatEndsIsNotMissed() throws {
    let first = try RunningServer("--reuse-port", environment: ["MACHINE_ID": "1"])
    let second = try RunningServer(
      environment: ["MACHINE_ID": "2", "PORT": "\(first.port)", "REUSE_PORT": "1"])
    #expect(second.port == first.port)

    // The system picks by the client's port: it would take 2^99 runs to see one process alone.
    let both = try machineIDs(port: first.port, connectionCount: 100)
    #expect(both == ["1", "2"])

    #expect(try first.stop() == .status(0))
    #expect(try machineIDs(port: second.port, connectionCount: 100) == ["2"])
    #expect(try second.stop() == .status(0))
  }

  /// Nobody takes a part of another's connections by mistake: both must say so.
  @Test(arguments: [[], ["--reuse-port"]])
  func aPortIsNotSharedUnlessBothSaySo(second arguments: [String]) throws {
    let first = try RunningServer(arguments.isEmpty ? ["--reuse-port"] : [])
    let second = try Tool.idgen(
      ["serve"] + arguments, environment: ["MACHINE_ID": "2", "PORT": "\(first.port)"])
    #expect(second.exit == .status(69))
    #expect(second.standardError.contains("address already in use"))
    #expect(try first.stop() == .status(0))
  }

  /// On one port that is never right. The lock goes with the process.
  @Test func oneMachineIDServesAPortOnce() throws {
    let first = try RunningServer("--reuse-port", environment: ["MACHINE_ID": "7"])
    let environment = ["MACHINE_ID": "7", "PORT": "\(first.port)", "REUSE_PORT": "1"]
    let second = try Tool.idgen(environment: environment)
    #expect(second.exit == .status(75))
    #expect(
      second.standardError.hasSuffix(
        "idgen: machine ID 7 is in use by another process on port \(first.port)\n"))
    #expect(try machineIDs(port: first.port, connectionCount: 20) == ["7"])
    first.send(SIGKILL)
    #expect(try first.waitForExit() == .signal(SIGKILL))
    #expect(try RunningServer(environment: environment).stop() == .status(0))
  }

  private func machineIDs(port: UInt16, connectionCount: Int) throws -> Set<String> {
    var machineIDs = Set<String>()
    for _ in 0..<connectionCount {
      let client = try RawClient(port: port)
      try client.send(Request.id)
      let body = try client.readResponse().body
      let match = try #require(body.firstMatch(of: #/"machine_id": (\d+)}/#))
      machineIDs.insert(String(match.1))
    }
    return machineIDs
  }
}
