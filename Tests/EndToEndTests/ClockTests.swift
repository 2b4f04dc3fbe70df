import Foundation
import Testing

/// A clock that is set while the server runs: libfaketime stands between it and the system's.
@Suite struct ClockTests {
  static let faults: [(clock: String, code: String)] = [
    ("-60", "clock_behind"),
    ("@2023-12-31 12:00:00", "clock_before_epoch"),
    ("@2094-01-01 12:00:00", "clock_jumped"),
  ]

  /// Whether the programs are built with AddressSanitizer. It asks for the time before libfaketime
  /// is ready, and the two wait for each other.
  private static let isSanitized = unsafe dlsym(nil, "__asan_address_is_poisoned") != nil

  @Test(
    .disabled(if: isSanitized, "libfaketime and AddressSanitizer do not go together"),
    arguments: faults)
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

/// A file that says how a program's clock differs from the system's.
private final class FakeClock {
  private let file = FileManager.default.temporaryDirectory
    .appendingPathComponent("idgen-clock-\(UUID().uuidString)")
  let environment: [String: String]

  init() throws {
    environment = [
      "LD_PRELOAD": try Self.library(),
      "FAKETIME_TIMESTAMP_FILE": file.path,
      "FAKETIME_NO_CACHE": "1",
      // The loop's clock is another one, which nobody sets.
      "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    ]
    try set("+0")
  }

  deinit { try? FileManager.default.removeItem(at: file) }

  /// - Parameter time: a difference in seconds, or an instant behind `@`.
  func set(_ time: String) throws {
    try Data((time + "\n").utf8).write(to: file, options: .atomic)
  }

  private static func library() throws -> String {
    let name = "faketime/libfaketimeMT.so.1"
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"]
    for folder in folders where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
      return "\(folder)/\(name)"
    }
    throw HarnessError("faketime is not installed; scripts/test installs what the tests need")
  }
}
