import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// What clients see of a store: while the server starts, and when it fails.
struct ReservationTests {
  private let now = ClockReading.example

  @Test func noIDIsMadeBeforeTheClaimAndTheFirstLimitStand() throws {
    let store = ScriptedStore(start: now.unixMilliseconds)
    store.claimsLater = true
    let source = try IDSource(unstarted: store, toleranceMilliseconds: 60_000)
    let service = IDService(source: source, limits: Limits())
    var changes: [IDUnavailable?] = []
    service.didChangeUnavailability = { changes.append($0) }
    var results: [IDSource.StartResult] = []
    source.start(clock: { now }, { results.append($0) })
    for step in ["claim", "limit"] {
      for elapsed in [0, 10_000, -10_000, -864_000_000_000] as [Int64] {
        let now = now.later(elapsed, 0)
        #expect(throws: IDUnavailable.starting(store: "/state"), "\(step)") {
          try service.nextRun(upTo: 1, for: .few, at: now)
        }
        #expect(service.readiness(at: now)?.code == "starting")
      }
      #expect(results.isEmpty)
      store.claimNow()
    }
    store.answer()
    #expect(results.count == 1)
    service.didStart()
    #expect(service.readiness(at: now) == nil)
    #expect(try service.nextRun(upTo: 1, for: .few, at: now.later(1, 1)).count == 1)
    #expect(changes.isEmpty)
  }

  @Test func clientsWaitThenHearThenRecover() throws {
    let store = ScriptedStore()
    let service = IDService(source: try IDSource(store, at: now), limits: Limits())
    var log: [String] = []
    service.didChangeUnavailability = { log.append($0?.code ?? "well") }
    let client = Client(service, at: now.later(3000, 3000))
    #expect(client.send(request("/id")) == .waiting(.few))
    client.now = now.later(4001, 4001)
    #expect(client.resume() == .reading(.request))
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
    #expect(responses[4].id?.timestamp == now.timestamp + 4001)
    #expect(responses[5].content == "ready")
    #expect(log == ["reservation_expired", "well"])
  }
}
