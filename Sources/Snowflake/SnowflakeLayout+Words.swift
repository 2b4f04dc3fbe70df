// The layout in words, for documents and messages.

extension SnowflakeLayout {
  /// The unit of the timestamp: `millisecond`, or a number of milliseconds such as `10 ms`.
  package var unitName: String {
    unitMilliseconds == 1 ? "millisecond" : "\(unitMilliseconds) ms"
  }
}
