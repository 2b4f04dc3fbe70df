@testable import Reservations

/// The clocks of one host: the wall clock, which can be wrong by an hour, and the time since boot.
struct SimulatedClock {
  static let greatestErrorMilliseconds: Int64 = 3_600_000

  /// How far it is ahead of the correct time.
  private var error: Int64
  /// The time at which it stands still; `nil` if it runs.
  private var stalled: Int64?
  /// The number of boots of the host.
  private(set) var bootCount = 1
  private var bootTime: Int64 = 0
  private let host: Int

  init(host: Int, error: Int64) { (self.host, self.error) = (host, error) }

  var bootID: String {
    let number = String(100_000_000_000 + host * 1_000_000 + bootCount)
    return "00000000-0000-4000-8000-\(number)"
  }

  /// - Parameters:
  ///   - right: the correct time, in milliseconds since 1970.
  ///   - monotonic: the time since boot, in milliseconds.
  func reading(right: Int64, monotonic: Int64) -> ClockReading {
    ClockReading(
      unixMilliseconds: wall(right: right), monotonicMilliseconds: monotonic - bootTime)
  }

  private func wall(right: Int64) -> Int64 { bounded((stalled ?? right + error) - right) + right }

  private func bounded(_ error: Int64) -> Int64 {
    min(max(error, -Self.greatestErrorMilliseconds), Self.greatestErrorMilliseconds)
  }

  /// Sets it to be ahead of the correct time by `error`.
  mutating func set(error: Int64, right: Int64) {
    self.error = bounded(error)
    if stalled != nil { stalled = right + self.error }
  }

  mutating func step(by milliseconds: Int64, right: Int64) {
    set(error: wall(right: right) - right + milliseconds, right: right)
  }

  /// Stops it, or lets it continue from where it stopped.
  mutating func stall(_ isStalled: Bool, right: Int64) {
    let wall = wall(right: right)
    error = wall - right
    stalled = isStalled ? wall : nil
  }

  var isStalled: Bool { stalled != nil }

  mutating func boot(monotonic: Int64) { (bootCount, bootTime) = (bootCount + 1, monotonic) }
}
