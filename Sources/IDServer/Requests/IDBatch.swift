import HTTP1
import Snowflake

/// The IDs of one answer to `GET /ids`: made at once, or in parts when a millisecond is used up.
struct IDBatch {
  static let counts = 1...4096

  /// How many IDs were asked for, 1…4096.
  let count: Int
  private(set) var runs: [SnowflakeIDRun] = []
  /// How many IDs are still to be made.
  private(set) var missingCount: Int

  /// - Throws: a problem that says the range, if `count` is missing or not in it.
  init(_ count: String?) throws(Problem) {
    let allowed = "a whole number from \(Self.counts.lowerBound) to \(Self.counts.upperBound)"
    guard let count else {
      throw Problem(
        status: .badRequest, code: "invalid_count",
        detail: "count is missing: \(allowed) is required.")
    }
    let digits = Array(count.utf8)
    guard let number = digits.span.decimal(in: digits.indices), Self.counts.contains(number) else {
      throw Problem(
        status: .badRequest, code: "invalid_count",
        detail: "count is \"\(count.shortened)\": \(allowed) is required.")
    }
    self.count = number
    missingCount = number
  }

  mutating func append(_ run: SnowflakeIDRun) {
    runs.append(run)
    missingCount -= run.count
  }
}
