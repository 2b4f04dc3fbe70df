import Foundation
import Testing

/// A clock that is set while the server runs, by libfaketime.
@Suite struct ClockTests {
  static let faults: [(clock: String, code: String)] = [
    ("-60", "clock_behind"),
    ("@2023-12-31 12:00:00", "clock_before_epoch"),
    ("@2094-01-01 12:00:00", "clock_jumped"),
  ]

  @Test(.setsClock, arguments: faults)
  func wrongClockIsToldAndRecoveredFrom(_ fault: (clock: String, code: String)) throws {
    let clock = try FakeClock()
    let server = try RunningServer(environment: clock.environment)
    let client = try RawClient(port: server.port)

    try client.send(Request.id)
    let before = try #require(try client.readResponse().id)

    try clock.set(fault.clock)
    try client.send(Request.id + Request.health)
    let refusal = try client.readResponse()
    #expect(refusal.status == 503)
    #expect(refusal["Content-Type"] == "application/problem+json")
    #expect(refusal.body.contains("\"code\": \"\(fault.code)\""))
    #expect(try #require(refusal["Retry-After"].flatMap { Int($0) }) > 0)
    #expect(try client.readResponse().body == "ok")

    try clock.set("+0")
    try client.send(Request.id)
    let after = try #require(try client.readResponse().id)
    #expect(after > before)
    #expect(try server.stop() == .status(0))
  }
}
