import Snowflake
import TestSupport
import Testing
import UV

@testable import Reservations

/// Every ID is greater than the one that the process was given, and stays so without it.
struct IDSourceAfterTests {
  static let layouts = [SnowflakeLayout.default, .javascript, .sonyflake]
  private static let bootID = ScriptedStore.bootID

  /// The greatest ID of the timestamp of `now`, and the clock at the first millisecond after that.
  private static func bound(_ layout: SnowflakeLayout) throws -> (SnowflakeID, ClockReading) {
    let now = ClockReading.example.unixMilliseconds
    let after = try #require(layout.ids(madeIn: now..<now + 1)?.upperBound)
    let parts = try #require(layout.parts(of: after))
    return (
      after, ClockReading(unixMilliseconds: parts.unixMilliseconds + layout.unitMilliseconds)
    )
  }

  private static func configuration(_ layout: SnowflakeLayout, after: SnowflakeID?)
    -> IDConfiguration
  {
    var configuration = IDConfiguration(machineID: 1)
    configuration.layout = layout
    configuration.after = after
    return configuration
  }

  /// Starts with the store, or without one, and returns the error.
  private static func start(
    _ layout: SnowflakeLayout, after: SnowflakeID?, store: ScriptedStore?, at now: ClockReading
  ) throws -> (source: IDSource, error: StartError?) {
    let configuration = configuration(layout, after: after)
    let source =
      if let store {
        try IDSource(configuration, store: store, bootID: bootID)
      } else {
        try IDSource(
          machineID: 1, layout: layout, after: after, clockToleranceMilliseconds: 10)
      }
    var result: IDSource.StartResult?
    source.start(clock: { now }, { result = $0 })
    store?.answer()
    if case .failure(let error) = result { return (source, error) }
    return (source, nil)
  }

  private static func store(_ layout: SnowflakeLayout) -> ScriptedStore {
    ScriptedStore(start: layout.epochUnixMilliseconds)
  }

  /// A clock that is set back after the start makes no ID that is not greater.
  @Test(arguments: layouts, [false, true])
  func theFirstIDIsGreater(_ layout: SnowflakeLayout, hasStore: Bool) throws {
    let (after, first) = try Self.bound(layout)
    let (source, error) = try Self.start(
      layout, after: after, store: hasStore ? Self.store(layout) : nil, at: first)
    #expect(error == nil)
    for milliseconds in [-1, -9, -1000] as [Int64] {
      #expect(throws: IDUnavailable.self) {
        try source.nextRun(upTo: 1, at: first.later(milliseconds, 0))
      }
    }
    let id = try source.nextRun(upTo: 1, at: first).first
    #expect(id > after)
    #expect(layout.parts(of: id)?.unixMilliseconds == first.unixMilliseconds)
  }

  /// Nothing is asked of a store before the clock has reached the time.
  @Test(arguments: layouts, [false, true])
  func anEarlierClockIsRefused(_ layout: SnowflakeLayout, hasStore: Bool) throws {
    let (after, first) = try Self.bound(layout)
    let store = hasStore ? Self.store(layout) : nil
    let (_, error) = try Self.start(layout, after: after, store: store, at: first.later(-1, 0))
    guard case .clockNotPast(after, first.unixMilliseconds, first.unixMilliseconds - 1) = error
    else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(store?.terms == nil)
  }

  /// The clock may have been set back when the store answers.
  @Test func theClockIsReadAgainAtTheClaim() throws {
    let (after, first) = try Self.bound(.default)
    let store = Self.store(.default)
    store.claimsLater = true
    let source = try IDSource(
      Self.configuration(.default, after: after), store: store, bootID: nil)
    var (now, result): (ClockReading, IDSource.StartResult?) = (first, nil)
    source.start(clock: { now }, { result = $0 })
    now = first.later(-1, 0)
    store.claimNow()
    guard case .failure(.clockNotPast) = result else { return #expect(Bool(false), "started") }
    #expect(store.reservations == [])
  }

  /// No time of the layout makes a greater ID.
  @Test(arguments: layouts, [false, true])
  func neverGreater(_ layout: SnowflakeLayout, hasStore: Bool) throws {
    let last = ClockReading(unixMilliseconds: layout.lastUnixMilliseconds)
    for after in [layout.maximumID, SnowflakeID(rawValue: SnowflakeID.maximumRawValue)] {
      let after = try #require(after)
      let store = hasStore ? Self.store(layout) : nil
      let (_, error) = try Self.start(layout, after: after, store: store, at: last)
      guard case .clockNotPast(after, nil, _) = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      #expect(
        error.map { "\($0)" }?.contains("this layout ends before its IDs are greater than \(after)")
          == true)
    }
  }

  @Test func text() {
    let error = SnowflakeID(rawValue: 275_238_510_129_057_792).map {
      StartError.clockNotPast(
        $0, firstUnixMilliseconds: 1_769_689_174_500, nowUnixMilliseconds: 1_769_689_174_000)
    }
    #expect(
      error.map { "\($0)" } == """
        the clock reads 2026-01-29T12:19:34.000Z, and IDs are greater than 275238510129057792 from \
        2026-01-29T12:19:34.500Z on: wait until then, or use a layout with an earlier epoch
        """)
  }

  // MARK: - Durably

  /// Even if no time is reserved, because the clock has jumped since an earlier process recorded
  /// it, and if no ID is made.
  @Test(arguments: layouts, [false, true])
  func theLimitIsRecorded(_ layout: SnowflakeLayout, hasJumped: Bool) throws {
    let (after, first) = try Self.bound(layout)
    let before = first.later(-100_000, 0)
    let store = ScriptedStore(
      start: before.unixMilliseconds,
      clock: hasJumped ? RecordedClock(before, bootID: Self.bootID) : nil)
    let (source, error) = try Self.start(layout, after: after, store: store, at: first)
    #expect(error == nil)
    #expect(store.renewals == [first.unixMilliseconds + (hasJumped ? 0 : 3000)])
    source.releaseReservation { _ in }
    #expect(store.releases == [first.unixMilliseconds])
  }

  /// A later process without the ID, whose clock was set back, after a clean stop and after a
  /// crash; of a fixed machine ID and of `auto`.
  @Test(arguments: [1...1, 1...3], [false, true])
  func aLaterProcessKeepsToIt(_ machineIDs: ClosedRange<Int>, isReleased: Bool) throws {
    let state = try StoreFolder()
    let (after, first) = try Self.bound(.default)
    func start(after: SnowflakeID?, at now: ClockReading) throws -> IDSource {
      var configuration = Self.configuration(.default, after: after)
      configuration.machineIDs = machineIDs
      let source = try IDSource(configuration, store: state.makeStore(), bootID: nil)
      var result: IDSource.StartResult?
      source.start(clock: { now }, { result = $0 })
      state.loop.run()
      _ = try #require(result).get()
      return source
    }
    do {
      let source = try start(after: after, at: first)
      #expect(source.machineID == 1)
      if isReleased {
        source.releaseReservation { #expect($0 == nil) }
        state.loop.run()
      }
    }
    let claim = try state.makeStore().claim(
      1...1, now: first.unixMilliseconds, on: state.loop)
    #expect(claim.found.limit == first.unixMilliseconds + (isReleased ? 0 : 3000))
    let setBack = first.later(isReleased ? -1000 : 0, 0)
    guard machineIDs.count == 1 else { return }
    let source = try start(after: nil, at: setBack)
    #expect(throws: IDUnavailable.self) { try source.nextRun(upTo: 1, at: setBack) }
    let later = ClockReading(unixMilliseconds: claim.found.limit)
    _ = try? source.nextRun(upTo: 1, at: later)
    state.loop.run()  // It may have had to renew.
    #expect(try source.nextRun(upTo: 1, at: later).first > after)
  }
}
