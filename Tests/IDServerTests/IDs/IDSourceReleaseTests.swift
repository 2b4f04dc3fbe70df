import HTTP1
import Snowflake
import Testing

@testable import IDServer

/// How a source gives its reservation back, and what clients see of it.
struct IDSourceReleaseTests {
  @Test func releaseCutsBackToTheLastID() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: IDSourceTests.now)
    let last = try source.nextRun(upTo: 1, at: IDSourceTests.now.later(7, 7)).first
    source.releaseReservation { #expect($0 == nil) }
    #expect(store.releases == [last.timestamp + 1])
    store.answer()
  }

  @Test func releaseWithoutAnIDGivesTheStartBack() throws {
    let store = ScriptedStore(start: IDSourceTests.now.timestamp - 1000)
    let source = try IDSource(store, at: IDSourceTests.now)
    source.releaseReservation { #expect($0 == nil) }
    #expect(store.releases == [IDSourceTests.now.timestamp - 1000])
    store.answer()
  }

  /// A limit that is on its way must not arrive after the one that is cut back.
  @Test(arguments: [nil, ScriptedStore.failure])
  func releaseAwaitsAnExtension(_ error: StoreError?) throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: IDSourceTests.now)
    _ = try source.nextRun(upTo: 1, at: IDSourceTests.now.later(2000, 2000))
    #expect(store.isAsked)
    var outcomes: [StoreError?] = []
    source.releaseReservation { outcomes.append($0) }
    #expect(store.releases == [])
    store.answer(error)
    #expect(store.releases == [IDSourceTests.now.timestamp + 2001])
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

  // MARK: - What clients see

  @Test func clientsWaitThenHearThenRecover() throws {
    let store = ScriptedStore()
    let service = IDService(source: try IDSource(store, at: IDSourceTests.now), limits: Limits())
    var log: [String] = []
    service.didChangeUnavailability = { log.append($0?.code ?? "well") }
    let client = Client(service, at: IDSourceTests.now.later(3000, 3000))
    #expect(client.send(request("/id")) == .waiting)
    client.now = IDSourceTests.now.later(4001, 4001)
    #expect(client.resume() == .reading)
    client.send(request("/id") + request("/ready") + request("/health"))
    store.answer()
    client.send(request("/id") + request("/ready"))

    let responses = Received.all(in: client.received)
    #expect(
      responses.map(\.code) == [
        "reservation_expired", "reservation_expired", "reservation_expired", nil, nil, nil,
      ])
    #expect(responses[0].status == "HTTP/1.1 503 Service Unavailable")
    #expect(responses[0].fields["Retry-After"] == "1")
    #expect(responses[4].id?.timestamp == IDSourceTests.now.timestamp + 4001)
    #expect(responses[5].content == "ready")
    #expect(log == ["reservation_expired", "well"])
  }
}
