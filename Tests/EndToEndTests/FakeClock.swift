import Foundation

/// A file with the difference between a program's clock and the system's.
final class FakeClock {
  private let file = FileManager.default.temporaryDirectory
    .appendingPathComponent("idgen-clock-\(UUID().uuidString)")
  let environment: [String: String]

  /// - Parameter time: as ``set(_:)`` takes it.
  init(_ time: String = "+0") throws {
    try Preloading.check()
    environment = [
      "LD_PRELOAD": try Self.library(),
      "FAKETIME_TIMESTAMP_FILE": file.path,
      "FAKETIME_NO_CACHE": "1",
      "TZ": "UTC",
      // The loop's clock cannot be set.
      "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    ]
    try set(time)
  }

  deinit { try? FileManager.default.removeItem(at: file) }

  /// - Parameter time: a difference in seconds, `@` and the time from which to run, or a time at
  ///   which to stand still.
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
