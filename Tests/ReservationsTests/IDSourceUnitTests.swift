import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// Layouts whose timestamps are longer than a millisecond: Sonyflake's, of 10 ms, and the longest
/// possible, of a second.
struct IDSourceUnitTests {
  private static let second = try? SnowflakeLayout(
    timestampBits: 35, machineIDBits: 14, sequenceBits: 14, order: .sequenceFirst,
    unitMilliseconds: 1000, epochUnixMilliseconds: epoch)
  static let layouts = [SnowflakeLayout.sonyflake] + [second].compactMap { $0 }

  /// The first millisecond of a unit.
  private static func beginning(_ layout: SnowflakeLayout) -> ClockReading {
    let now = ClockReading.example.unixMilliseconds
    return ClockReading(
      unixMilliseconds: now - (now - layout.epochUnixMilliseconds) % layout.unitMilliseconds)
  }

  private static func source(
    _ layout: SnowflakeLayout, _ store: ScriptedStore, at now: ClockReading, tolerance: Int = 10
  ) throws -> IDSource {
    var configuration = IDConfiguration(machineID: 1)
    configuration.layout = layout
    configuration.clockToleranceMilliseconds = tolerance
    let source = try IDSource(configuration, store: store, bootID: ScriptedStore.bootID)
    var result: IDSource.StartResult?
    source.start(clock: { now }, { result = $0 })
    store.answer()
    _ = try #require(result).get()
    return source
  }

  /// The limit that is recorded at the end is the end of the last ID's unit, and the next process
  /// begins there.
  @Test(arguments: layouts)
  func releaseAndRestart(_ layout: SnowflakeLayout) throws {
    let (unit, beginning) = (layout.unitMilliseconds, Self.beginning(layout))
    let store = ScriptedStore(start: beginning.unixMilliseconds - unit)
    let first = try Self.source(layout, store, at: beginning)
    let id = try first.nextRun(upTo: 1, at: beginning.later(unit / 2, unit / 2)).first
    first.releaseReservation { _ in }
    #expect(store.releases == [beginning.unixMilliseconds + unit])

    let next = ScriptedStore(start: beginning.unixMilliseconds + unit)
    let restart = beginning.later(unit - 1, unit - 1)
    let second = try Self.source(layout, next, at: restart)
    #expect(throws: IDUnavailable.notYet) { try second.nextRun(upTo: 1, at: restart) }
    let nextID = try second.nextRun(upTo: 1, at: beginning.later(unit, unit)).first
    #expect(nextID > id)
    #expect(layout.parts(of: nextID)?.unixMilliseconds == beginning.unixMilliseconds + unit)
    #expect(layout.parts(of: nextID)?.sequence == 0)
  }

  /// A limit within a unit, as after a crash: the next process begins at the next unit.
  @Test(arguments: layouts)
  func aLimitWithinAUnit(_ layout: SnowflakeLayout) throws {
    let (unit, beginning) = (layout.unitMilliseconds, Self.beginning(layout))
    let limit = unit / 2 + 1
    let store = ScriptedStore(start: beginning.unixMilliseconds + limit)
    let source = try Self.source(layout, store, at: beginning.later(-1, -1))
    for milliseconds in [0, limit - 1, limit, unit - 1] {
      #expect(throws: IDUnavailable.notYet, "after \(milliseconds) ms") {
        try source.nextRun(upTo: 1, at: beginning.later(milliseconds, milliseconds))
      }
    }
    let id = try source.nextRun(upTo: 1, at: beginning.later(unit, unit)).first
    #expect(layout.parts(of: id)?.unixMilliseconds == beginning.unixMilliseconds + unit)
  }

  /// Requests wait for the next unit, however late in the unit the IDs are used up; a clock that
  /// goes back within the unit is not behind.
  @Test(arguments: layouts)
  func anExhaustedUnit(_ layout: SnowflakeLayout) throws {
    let (unit, beginning) = (layout.unitMilliseconds, Self.beginning(layout))
    let source = try Self.source(
      layout, ScriptedStore(start: layout.epochUnixMilliseconds), at: beginning, tolerance: 0)
    let count = layout.maximumSequence + 1
    #expect(try source.nextRun(upTo: count, at: beginning.later(unit - 1, 0)).count == count)
    for milliseconds in [0, 1, unit / 2, unit - 1] {
      let now = beginning.later(milliseconds, milliseconds)
      #expect(throws: IDUnavailable.notYet) { try source.nextRun(upTo: 1, at: now) }
      #expect(source.unavailability(at: now) == nil)
      #expect(source.clockLagMilliseconds(at: now) == 0)
    }
    #expect(throws: IDUnavailable.clock(.clockBehind(milliseconds: 1))) {
      try source.nextRun(upTo: 1, at: beginning.later(-1, 0))
    }
    #expect(try source.nextRun(upTo: 1, at: beginning.later(unit, unit)).count == 1)
  }

  /// The clock is within the tolerance, and all IDs of the last unit are used up. The length of the
  /// unit does not count: it is waited for whenever its IDs are used up.
  @Test(
    arguments: layouts,
    [(1, nil), (99, nil), (100, 100), (500, 500)] as [(behind: Int64, reported: Int64?)])
  func behindAnExhaustedUnit(
    _ layout: SnowflakeLayout, _ test: (behind: Int64, reported: Int64?)
  ) throws {
    let beginning = Self.beginning(layout)
    let source = try Self.source(
      layout, ScriptedStore(start: layout.epochUnixMilliseconds), at: beginning, tolerance: 60_000)
    _ = try source.nextRun(upTo: .max, at: beginning)
    let reason = test.reported.map { IDUnavailable.clock(.clockBehind(milliseconds: $0)) }
    #expect(throws: reason ?? .notYet) {
      try source.nextRun(upTo: 1, at: beginning.later(-test.behind, 0))
    }
  }

  /// No timestamp is used that begins at the limit or later, and the limit is renewed in time.
  @Test(arguments: layouts)
  func limits(_ layout: SnowflakeLayout) throws {
    let beginning = Self.beginning(layout)
    let store = ScriptedStore(start: layout.epochUnixMilliseconds)
    let source = try Self.source(layout, store, at: beginning.later(1, 1))
    #expect(store.renewals == [beginning.unixMilliseconds + 3001])
    // The unit that begins before the limit is used to its end.
    let last = beginning.later(3000, 3000)
    _ = try source.nextRun(upTo: 1, at: last)
    #expect(store.isAsked)
    let next = beginning.later(3000 + layout.unitMilliseconds, 3000 + layout.unitMilliseconds)
    #expect(try source.nextRun(upTo: 1, at: next.later(-1, -1)).count == 1)
    #expect(throws: IDUnavailable.notYet) { try source.nextRun(upTo: 1, at: next) }
    store.answer()
    #expect(try source.nextRun(upTo: 1, at: next).count == 1)
  }

  /// The time until the next timestamp, by the milliseconds and nanoseconds since the last began.
  @Test(
    arguments: [
      (.default, 0, 0, 1_000_000), (.default, 3, 999_999, 1), (.default, -3, 1, 999_999),
      (.sonyflake, 0, 0, 10_000_000), (.sonyflake, 9, 999_999, 1), (.sonyflake, 4, 1, 5_999_999),
    ] as [(SnowflakeLayout, Int64, Int, Int)])
  func nextTimestamp(
    _ layout: SnowflakeLayout, _ milliseconds: Int64, _ nanosecond: Int, _ expected: Int
  ) throws {
    let source = try IDSource(machineID: 1, layout: layout)
    var now = Self.beginning(layout).later(milliseconds, 0)
    now.nanosecondOfMillisecond = nanosecond
    #expect(source.nanosecondsToNextTimestamp(at: now) == expected)
    now.unixMilliseconds += layout.epochUnixMilliseconds - Self.beginning(layout).unixMilliseconds
    #expect(source.nanosecondsToNextTimestamp(at: now) == expected)
    now.unixMilliseconds -= layout.unitMilliseconds
    #expect(source.nanosecondsToNextTimestamp(at: now) == expected)
  }

  /// A store may answer at any time, so that is not waited for by the unit.
  @Test func nextTimestampAtTheLimit() throws {
    let beginning = Self.beginning(.sonyflake)
    let store = ScriptedStore(start: SnowflakeLayout.sonyflake.epochUnixMilliseconds)
    let source = try Self.source(.sonyflake, store, at: beginning)
    #expect(source.nanosecondsToNextTimestamp(at: beginning.later(2990, 0)) == 10_000_000)
    #expect(source.nanosecondsToNextTimestamp(at: beginning.later(3000, 0)) == 1_000_000)
  }
}
