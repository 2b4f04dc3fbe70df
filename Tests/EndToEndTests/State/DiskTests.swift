import Foundation
import Testing

/// A disk that is full, fails or hangs while the program runs.
@Suite(.serialized) struct DiskTests {
  let state: StateFolder

  init() throws { state = try StateFolder() }

  /// The server makes IDs until the limit, refuses requests, and recovers.
  @Test(
    .preloadsLibrary, arguments: [(DiskFaults.Kind.fail, "i/o error"), (.hang, "does not answer")])
  func idsGoOnUntilTheLimit(_ kind: DiskFaults.Kind, _ reason: String) throws {
    let faults = try DiskFaults()
    let server = try RunningServer(
      environment: state.environment.merging(faults.environment) { $1 })
    var ids = [try server.firstID().id]
    try faults.begin(kind)
    let limit = try state.limit(1)
    let refusal = try refusal(by: server, &ids)
    #expect(refusal.status == 503)
    #expect(refusal.code == "reservation_expired")
    #expect(refusal["Retry-After"] == "1")
    #expect(ids.count > 1)
    #expect(ids.allSatisfy { $0 >> 22 < limit })
    let ready = try server.response(to: Request.ready)
    #expect(ready.code == "reservation_expired")
    #expect(ready.body.contains(reason))
    #expect(ready["Retry-After"] == "1")
    #expect(try server.response(to: Request.health).body == "ok")

    faults.end()
    let first = try server.firstID()
    #expect(first.refusals.isSubset(of: ["reservation_expired"]))
    ids.append(first.id)
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(try server.stop() == .status(0))
    #expect(server.standardError.components(separatedBy: "no IDs are made: ").count == 2)
    #expect(server.standardError.components(separatedBy: "IDs are made again").count == 2)
    #expect(try state.limit(1) == first.id >> 22 + 1)
  }

  /// Requests IDs until a request is refused.
  private func refusal(by server: RunningServer, _ ids: inout [UInt64]) throws -> RawResponse {
    let client = try RawClient(port: server.port)
    for _ in 0..<3000 {
      try client.send(Request.id)
      let response = try client.readResponse()
      guard let id = response.id else { return response }
      ids.append(id)
      usleep(10_000)
    }
    throw HarnessError("IDs are made for 30 s without a store")
  }

  /// The program ends although the disk hangs, and no ID repeats, whether the disk hangs at the
  /// release or at a renewal.
  @Test(.preloadsLibrary, arguments: [false, true])
  func stopsWhileTheDiskHangs(isRenewing: Bool) throws {
    let faults = try DiskFaults()
    let environment = state.environment.merging(faults.environment) { $1 }
    let server = try RunningServer(environment: environment)
    var last = try server.firstID().id
    try faults.begin(.hang)
    let limit = try state.limit(1)
    while isRenewing, try state.limit(1) == limit {
      last = try #require(try server.id())
      usleep(10_000)
    }
    #expect(try server.stop() == .status(0))
    #expect(server.standardError.contains("cut back: the store does not answer"))
    #expect(server.standardError.contains("stopped: "))
    faults.end()
    #expect(try RunningServer(environment: environment).firstID().id > last)
  }

  /// The server waits for the disk, logs that, and answers requests meanwhile.
  @Test(.preloadsLibrary, arguments: DiskFaults.calls)
  func startsOnceTheDiskAnswers(_ call: String) throws {
    let (child, faults) = try startWithoutDisk(call)
    let match = try #require(child.standardError.firstMatch(of: #/listening on \S+:(\d+)/#))
    let client = try RawClient(port: try #require(UInt16(match.1)))
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")
    for request in [Request.ready, Request.id, Request.hundredIDs] {
      try client.send(request)
      let response = try client.readResponse()
      #expect(response.status == 503)
      #expect(response.code == "starting")
      #expect(response.body.contains(state.path))
      #expect(response["Retry-After"] == "1")
    }
    #expect(!child.standardError.contains(" ready"))
    faults.end()
    #expect(try child.waitForStandardError(containing: "ready: machine ID 1"))
    try client.send(Request.ready + Request.id)
    #expect(try client.readResponse().body == "ready")
    #expect(try client.readResponse().status == 200)
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
    #expect(!child.standardError.contains("no IDs are made"))
  }

  @Test(.preloadsLibrary, arguments: [SIGTERM, SIGINT], DiskFaults.calls)
  func endsWhileItWaitsForTheDisk(_ signal: Int32, _ call: String) throws {
    let (child, faults) = try startWithoutDisk(call)
    child.send(signal)
    #expect(try child.waitForExit() == .status(0))
    faults.end()
    #expect(child.standardError.contains("stopped: "))
    #expect(!child.standardError.contains(" ready"))
  }

  /// The disk answers while the server drains. Later requests get IDs, and the machine ID in the
  /// response is theirs.
  @Test(.preloadsLibrary) func startsWhileItDrains() throws {
    let auto = ["MACHINE_ID": "auto", "MACHINE_ID_RANGE": "5-6", "HEAD_TIMEOUT_MS": "600000"]
    let (child, faults) = try startWithoutDisk("open", auto)
    let match = try #require(child.standardError.firstMatch(of: #/listening on \S+:(\d+)/#))
    let client = try RawClient(port: try #require(UInt16(match.1)))
    try client.send("GET /id HTTP/1.1\r\n")
    child.send(SIGTERM)
    #expect(try child.waitForStandardError(containing: "draining 1 connections"))
    faults.end()
    for _ in 0..<3000 where (try? state.limit(5)) ?? 0 == 0 { usleep(10_000) }
    usleep(100_000)  // The limit is in the file just before the server hears of it.
    var last = "Host: a\r\n\r\n"
    var response: RawResponse
    repeat {
      try client.send(last)
      response = try client.readResponse()
      last = Request.id
    } while response.code == "starting" && response["Connection"] == nil
    if let id = response.id {
      #expect(id >> 12 & 1023 == 5)
      #expect(response.body.hasSuffix("\"machine_id\": 5}"))
    } else {
      #expect(response.code == "starting")
    }
    client.finishSending()
    #expect(try child.waitForExit() == .status(0))
  }

  /// A port in use is an error at once, although the disk hangs.
  @Test(.preloadsLibrary) func aBindThatFailsDoesNotWaitForTheDisk() throws {
    let occupant = try RunningServer()
    let faults = try DiskFaults()
    try faults.begin(.hang, "open")
    let environment = state.environment.merging(faults.environment) { $1 }
    let result = try Tool.idgen(
      [], environment: environment.merging(["MACHINE_ID": "1", "PORT": "\(occupant.port)"]) { $1 })
    #expect(result.exit == .status(69))
    faults.end()
  }

  /// Starts the program, and returns once it waits for the disk.
  private func startWithoutDisk(
    _ call: String, _ settings: [String: String] = [:]
  ) throws -> (ChildProcess, DiskFaults) {
    let faults = try DiskFaults()
    try faults.begin(.hang, call)
    let environment = state.environment.merging(faults.environment) { $1 }
      .merging(["MACHINE_ID": "1", "PORT": "0"]) { $1 }
    let child = try ChildProcess(
      Tool.idgen(), [], environment: environment.merging(settings) { $1 })
    let line = "] waiting for \(state.path): it does not answer\n"
    #expect(try child.waitForStandardError(containing: line))
    return (child, faults)
  }

  /// Another process could create the file again. This one notices when it renews its reservation,
  /// makes no more IDs, and ends, so that its supervisor starts it again.
  @Test func deletedFileIsNoticed() throws {
    let server = try RunningServer(environment: state.environment)
    var ids = [try server.firstID().id]
    // Its request is incomplete, so the server waits for it when it drains.
    let late = try RawClient(port: server.port)
    try late.send("GET /id HTTP/1.1\r\n")
    try FileManager.default.removeItem(atPath: state.file(1))
    let reason = "\(state.file(1)) has been deleted or replaced"
    let response = try refusal(by: server, &ids)
    #expect(response.status == 503)
    #expect(response.code == "reservation_lost")
    #expect(response.body.contains(reason))
    #expect(ids.count > 1)

    try late.send("Host: a\r\n\r\n")
    let last = try late.readResponse()
    #expect(last.code == "reservation_lost")
    #expect(last["Connection"] == "close")
    late.finishSending()
    #expect(try server.waitForExit() == .status(75))
    let lines = server.standardError.split(separator: "\n")
    #expect(
      lines.contains {
        $0.contains(" error ")
          && $0.contains("] stopped making IDs: the machine ID is lost: \(reason)")
      })
    #expect(lines.count { $0.contains(" error ") } == 1)
    #expect(lines.contains { $0.contains("] machine ID lost: draining ") })
    #expect(lines.last?.hasPrefix("idgen: the machine ID is lost: \(reason)") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == [])
    #expect(try RunningServer(environment: state.environment).firstID().id > ids[0])
  }

  @Test(.enabled(if: SmallDisk.isAllowed, "a small disk must be mounted, which root may"))
  func fullDiskIsRefused() throws {
    let disk = try SmallDisk()
    try disk.fill()
    let environment = ["STATE_DIR": disk.path, "MACHINE_ID": "1", "PORT": "0"]
    let result = try Tool.idgen([], environment: environment)
    #expect(result.exit == .status(74))
    #expect(
      result.standardError.hasSuffix("idgen: \(disk.path)/machine-1: no space left on device\n"))
    // The attempt leaves no file, so the machine ID is still new.
    try disk.empty()
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
    let server = try RunningServer(environment: environment)
    let last = try server.firstID().id
    // A record is overwritten in place, which needs no space.
    try disk.fill()
    #expect(try server.stop() == .status(0))
    let next = try RunningServer(environment: environment)
    #expect(try #require(try next.id()) > last)
    #expect(try next.stop() == .status(0))
  }
}
