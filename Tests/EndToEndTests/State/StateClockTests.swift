import Foundation
import Testing

/// A state directory and a clock that is set.
@Suite(.disabled(if: FakeClock.isSanitized, "libfaketime and AddressSanitizer do not go together"))
struct StateClockTests {
  let state: StateFolder
  let clock: FakeClock

  init() throws {
    state = try StateFolder()
    clock = try FakeClock()
  }

  private var environment: [String: String] { state.environment.merging(clock.environment) { $1 } }

  /// A clock that was ahead when the process stopped, and is right again.
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
    let line = #/idgen: the clock is \d{5} ms behind the time that is reserved already: .*\n/#
    #expect(result.standardError.wholeMatch(of: line) != nil, "\(result.standardError)")

    // Less than the window is waited for, be it up to the last ID or to what was reserved ahead.
    try clock.set(signal == SIGTERM ? "+58" : "+62")
    let next = try RunningServer(environment: environment)
    #expect(try next.firstID().id > last)
    #expect(try next.stop() == .status(0))
  }

  @Test func jumpIsBelievedOnSIGHUP() throws {
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

  /// By itself, too, if the clock goes back to what it was.
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
    // And it does not reserve more and more: whoever is killed now is followed at once.
    server.send(SIGKILL)
    _ = try server.waitForExit()
    try clock.set("+0")
    #expect(try RunningServer(environment: environment).firstID().id > after)
  }
}
