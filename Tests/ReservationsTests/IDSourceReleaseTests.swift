import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// How a source releases its reservation, and what clients see of it.
struct IDSourceReleaseTests {
  @Test func releaseLowersTheLimitToTheLastID() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: IDSourceTests.now)
    let last = try source.nextRun(upTo: 1, at: IDSourceTests.now.later(7, 7)).first
    source.releaseReservation { #expect($0 == nil) }
    #expect(store.releases == [last.unixMilliseconds + 1])
    store.answer()
  }

  @Test func releaseWithoutAnIDLowersTheLimitToTheStart() throws {
    let store = ScriptedStore(start: IDSourceTests.now.unixMilliseconds - 1000)
    let source = try IDSource(store, at: IDSourceTests.now)
    source.releaseReservation { #expect($0 == nil) }
    #expect(store.releases == [IDSourceTests.now.unixMilliseconds - 1000])
    store.answer()
  }

  /// After a release, the source makes no ID and sends no request to the store.
  @Test func nothingIsMadeAfterARelease() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: IDSourceTests.now, toleranceMilliseconds: 10)
    _ = try source.nextRun(upTo: 1, at: IDSourceTests.now)
    source.releaseReservation { _ in }
    for elapsed in [0, 1, 2000, 10_000] as [Int64] {
      let later = IDSourceTests.now.later(elapsed, elapsed)
      #expect(throws: IDUnavailable.reservationExpired(nil)) {
        try source.nextRun(upTo: 1, at: later)
      }
      source.renewIfNeeded(at: later)
    }
    #expect(store.renewals.count == 1)
    store.answer()
  }

  /// A renewal in progress must not be recorded after the release.
  @Test(arguments: [nil, ScriptedStore.failure])
  func releaseAwaitsARenewal(_ error: StoreError?) throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: IDSourceTests.now)
    _ = try source.nextRun(upTo: 1, at: IDSourceTests.now.later(2000, 2000))
    #expect(store.isAsked)
    var outcomes: [StoreError?] = []
    source.releaseReservation { outcomes.append($0) }
    #expect(store.releases == [])
    store.answer(error)
    #expect(store.releases == [IDSourceTests.now.unixMilliseconds + 2001])
    #expect(outcomes == [])
    store.answer(ScriptedStore.failure)
    #expect(outcomes == [ScriptedStore.failure])
    #expect(!store.isAsked)
  }

  @Test func withoutAStoreThereIsNothingToRelease() throws {
    var isReleased = false
    try IDSource(machineID: 1).releaseReservation {
      #expect($0 == nil)
      isReleased = true
    }
    #expect(isReleased)
  }
}
