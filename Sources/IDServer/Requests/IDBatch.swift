import HTTP1
import Snowflake

/// The IDs of one answer to `GET /ids`: made at once, or in parts when a millisecond is used up.
struct IDBatch {
  static let counts = 1...4096

  private(set) var runs: [SnowflakeIDRun] = []
  /// How many IDs are still to be made.
  private(set) var missingCount: Int

  /// - Parameter count: how many IDs are asked for, 1…4096.
  init(count: Int) { missingCount = count }

  /// How many IDs a query asks for.
  ///
  /// - Throws: a problem that says the range, if `count` is missing or not in it.
  static func count(_ count: String?) throws(Problem) -> Int {
    let allowed = "a whole number from \(counts.lowerBound) to \(counts.upperBound)"
    guard let count else {
      throw Problem(
        status: .badRequest, code: "invalid_count",
        detail: "count is missing: \(allowed) is required.")
    }
    let digits = Array(count.utf8)
    guard let number = digits.span.decimal(in: digits.indices), counts.contains(number) else {
      throw Problem(
        status: .badRequest, code: "invalid_count",
        detail: "count is \"\(count.shortened)\": \(allowed) is required.")
    }
    return number
  }

  mutating func append(_ run: SnowflakeIDRun) {
    runs.append(run)
    missingCount -= run.count
  }
}
