import HTTP1
import Snowflake

/// The IDs of one response to `GET /ids`: made in one run, or in several if a timestamp is used
/// up.
struct IDBatch {
  /// The maximum number of IDs; with slow layouts less: see ``LayoutLimits/batchCounts``.
  static let maximumCount = 4096

  private(set) var runs: [SnowflakeIDRun] = []
  /// The number of IDs that are still to be made.
  private(set) var missingCount: Int

  /// - Parameter count: the number of requested IDs, 1 or more.
  init(count: Int) { missingCount = count }

  /// The number of IDs that a query requests.
  ///
  /// - Throws: a problem with the allowed range, if `count` is missing or out of range.
  static func count(_ count: String?, in counts: ClosedRange<Int>) throws(Problem) -> Int {
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
