extension SnowflakeGenerator {
  /// Makes the next ID at the time of the wall clock.
  ///
  /// When the IDs of a timestamp are used up, it blocks the calling thread until the next
  /// one. An event loop should call ``next(at:)`` instead, which never waits.
  ///
  /// - Throws: ``GeneratorError``, but never `sequenceExhausted`; the generator is unchanged.
  public mutating func next() throws(GeneratorError) -> SnowflakeID {
    while true {
      let now = WallClock.now()
      do {
        return try next(at: now.unixMilliseconds)
      } catch .sequenceExhausted(let until) {
        // At most 999 ms at once: the clock can be set meanwhile.
        let milliseconds = Int(min(until - now.unixMilliseconds, 999))
        WallClock.sleep(nanoseconds: milliseconds * 1_000_000 - now.nanosecondOfMillisecond)
      }
    }
  }
}
