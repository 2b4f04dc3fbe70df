import Foundation
import Testing

/// A state directory, and a clock that is set.
@Suite(.setsClock) struct StateClockTests {
  let state: StateFolder
  let clock: FakeClock

  init() throws {
    state = try StateFolder()
    clock = try FakeClock()
  }

  private var environment: [String: String] { state.environment.merging(clock.environment) { $1 } }

  /// The clock was ahead when the process stopped, and is correct again.
  @Test(arguments: [SIGTERM, SIGKILL])
  func clockThatIsFarBehindIsRefused(signal: Int32) throws {
    try clock.set("+60")
    let server = try RunningServer(environment: environment)
    let last = try server.firstID().id
    server.send(signal)
    _ = try server.waitForExit()

    try clock.set("+0")
    let result = try Tool.idgen(
      [], environment: environment.merging(["MACHINE_ID": "1", "PORT": "0"]) { $1 })
    #expect(result.exit == .status(75))
    let line = #/^idgen: the clock is \d{5} ms behind the time that is reserved already: .*\n$/#
    #expect(result.standardError.firstMatch(of: line) != nil, "\(result.standardError)")
    #expect(result.standardError.contains("use another machine ID"))

    // The process waits for less than a lease window, up to the last ID or up to the limit.
    try clock.set(signal == SIGTERM ? "+58" : "+62")
    let next = try RunningServer(environment: environment)
    #expect(try next.firstID().id > last)
    #expect(try next.stop() == .status(0))
  }

  @Test func jumpIsConfirmedBySIGHUP() throws {
    let server = try RunningServer(environment: environment)
    let before = try server.firstID().id
    try clock.set("+300")
    let refusal = try server.response(to: Request.id)
    #expect(refusal.status == 503)
    #expect(refusal.code == "clock_jumped")
    #expect(refusal["Retry-After"] == "60")
    #expect(try server.response(to: Request.ready).code == "clock_jumped")
    #expect(try server.response(to: Request.health).body == "ok")
    #expect(try state.limit(1) < before >> 22 + 10_000)

    server.send(SIGHUP)
    #expect(try server.waitForLog(containing: "SIGHUP"))
    let after = try server.firstID().id
    #expect(after >> 22 > before >> 22 + 200_000)
    #expect(try server.response(to: Request.ready).body == "ready")
    #expect(try server.stop() == .status(0))
    #expect(server.standardError.contains("no IDs are made: the clock has jumped forward by "))
    #expect(server.standardError.contains("IDs are made again"))
  }

  /// If the clock goes back to what it was, the server recovers by itself.
  @Test func jumpThatGoesBackIsForgotten() throws {
    let server = try RunningServer(environment: environment)
    let before = try server.firstID().id
    try clock.set("+300")
    #expect(try server.response(to: Request.id).code == "clock_jumped")
    try clock.set("+0")
    let after = try server.firstID().id
    #expect(after > before)
    #expect(after >> 22 < before >> 22 + 200_000)
    #expect(try server.stop() == .status(0))
  }

  @Test func smallStepBackIsTolerated() throws {
    let server = try RunningServer(
      environment: environment.merging(["CLOCK_TOLERANCE_MS": "60000"]) { $1 })
    let before = try server.firstID().id
    try clock.set("-30")
    let after = try server.firstID().id
    #expect(after == before + 1)
    // The reservation does not grow: after a kill, the next process starts soon.
    server.send(SIGKILL)
    _ = try server.waitForExit()
    try clock.set("+0")
    #expect(try RunningServer(environment: environment).firstID().id > after)
  }

  /// A clock that is a day ahead at the start uses up no future timestamps: the process compares it
  /// with the recorded clock, as it does while it runs.
  @Test(arguments: [SIGTERM, SIGKILL])
  func jumpBetweenTwoProcessesIsSeen(signal: Int32) throws {
    let first = try RunningServer(environment: environment)
    let before = try first.firstID().id
    first.send(signal)
    _ = try first.waitForExit()

    try clock.set("+86400")
    let second = try RunningServer(environment: environment)
    #expect(try second.response(to: Request.id).code == "clock_jumped")
    #expect(try second.response(to: Request.ready).code == "clock_jumped")
    #expect(second.standardError.contains("no IDs are made: the clock has jumped forward by "))
    #expect(try second.stop() == .status(0))

    try clock.set("+0")
    let third = try RunningServer(environment: environment)
    let after = try third.firstID().id
    #expect(after > before)
    #expect(after >> 22 < before >> 22 + 60_000)
    #expect(try third.stop() == .status(0))
  }

  /// If IDs were made with such a clock, `auto` claims another machine ID.
  @Test func autoPassesOverAClockThatWasAhead() throws {
    try clock.set("+86400")
    let first = try RunningServer(environment: environment)
    _ = try first.firstID()
    #expect(try first.stop() == .status(0))
    try clock.set("+0")
    let auto = ["MACHINE_ID": "auto", "MACHINE_ID_RANGE": "1-2"]
    let second = try RunningServer(environment: environment.merging(auto) { $1 })
    #expect(try second.firstID().id >> 12 & 1023 == 2)
    #expect(
      second.standardError.contains("skipped a machine ID: \(state.file(1)) is reserved"))
    #expect(try second.stop() == .status(0))
  }

  /// The clock stands still, so the time that the killed process had reserved does not pass until
  /// it is set: that is no error, and has its own code. A clock that is set back is one.
  @Test func aCrashIsNotAClockBehind() throws {
    let environment = environment.merging(["RESERVATION_MS": "30000"]) { $1 }
    try clock.set("2034-01-01 00:00:00")
    let first = try RunningServer(environment: environment)
    let last = try first.firstID().id
    first.send(SIGKILL)
    _ = try first.waitForExit()

    let next = try RunningServer(environment: environment)
    for request in [Request.id, Request.ready] {
      let response = try next.response(to: request)
      #expect(response.status == 503)
      #expect(response.code == "reservation_pending")
      #expect(response["Retry-After"] == "30")
    }
    #expect(next.standardError.firstMatch(of: #/ notice \[.*\] ready in 30\.0 s: /#) != nil)
    try clock.set("2033-12-31 23:59:00")
    #expect(try next.response(to: Request.ready).code == "clock_behind")
    try clock.set("2034-01-01 00:00:30")
    #expect(try next.waitForLog(containing: "] ready: machine ID 1 is claimed"))
    #expect(try #require(try next.id()) > last)
    #expect(try next.stop() == .status(0))
    let errors = next.standardError.split(separator: "\n").filter { $0.contains(" error ") }
    #expect(errors.count == 1)
    #expect(errors.first?.contains("no IDs are made: the clock is ") == true)
  }

  /// A host without battery and network. The error does not mention a reservation: there is none.
  @Test func clockBeforeTheEpochIsNamed() throws {
    try clock.set("@1970-01-02 00:00:00")
    let result = try Tool.idgen(
      [], environment: environment.merging(["MACHINE_ID": "1", "PORT": "0"]) { $1 })
    #expect(result.exit == .status(75))
    #expect(
      result.standardError.contains("idgen: the clock reads 1970-01-02T00:"),
      "\(result.standardError)")
    #expect(result.standardError.contains(", before the epoch 2024-01-01T00:00:00.000Z"))
    #expect(!result.standardError.contains("reserved already"))
  }

  /// All IDs of the last timestamp are used, and the clock is seconds behind it.
  @Test func aLongWaitIsRefusedWithinTheTolerance() throws {
    let server = try RunningServer(
      environment: environment.merging(["CLOCK_TOLERANCE_MS": "60000"]) { $1 })
    _ = try server.firstID()
    // The clock stands still, so that all IDs have one timestamp.
    try clock.set("2034-01-01 00:00:00")
    server.send(SIGHUP)
    #expect(try server.waitForLog(containing: "SIGHUP"))
    while try server.response(to: Request.get("/ids?count=4096")).status != 200 {}
    try clock.set("2033-12-31 23:59:52")
    for request in [Request.id, Request.ready] {
      let response = try server.response(to: request)
      #expect(response.status == 503)
      #expect(response.code == "clock_behind")
      #expect(response["Retry-After"] == "8")
    }
    #expect(try server.stop() == .status(0))
  }
}
