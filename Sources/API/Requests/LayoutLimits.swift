import Snowflake

/// The limits of requests that follow from the server's layout.
struct LayoutLimits: Sendable {
  let layout: SnowflakeLayout
  let maximumID: SnowflakeID
  /// The number of IDs that one request can ask for: at most those of a second, so that it does not
  /// wait longer than that.
  let batchCounts: ClosedRange<Int>
  /// The maximum number of IDs that waiting requests of each size ask for together: those of a
  /// second.
  let waitingIDCount: Int

  init(_ layout: SnowflakeLayout) {
    self.layout = layout
    maximumID = layout.maximumID
    batchCounts = 1...min(IDBatch.maximumCount, layout.idsPerSecond)
    waitingIDCount = layout.idsPerSecond
  }

  static let `default` = LayoutLimits(.default)
}
