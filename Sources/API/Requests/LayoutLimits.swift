import Snowflake

/// What requests may ask for by the server's layout.
///
/// It is an object, so that routing passes a pointer and not the whole layout.
final class LayoutLimits: Sendable {
  let layout: SnowflakeLayout
  let maximumID: SnowflakeID

  init(_ layout: SnowflakeLayout) {
    self.layout = layout
    maximumID = layout.maximumID
  }

  static let `default` = LayoutLimits(.default)
}
