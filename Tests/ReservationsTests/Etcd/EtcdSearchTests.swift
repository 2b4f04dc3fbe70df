import HTTP1
import TestSupport
import Testing

@testable import Reservations

struct EtcdSearchTests {
  /// The value of a key.
  enum Standing: Sendable {
    case nothing
    /// How far its limit is ahead, in milliseconds, and its owner; 0 if it was released.
    case record(ahead: Int64, owner: UInt64)
  }

  // MARK: One machine ID

  @Test(
    arguments: [
      // (the value, its replacement after 1 s, when the machine ID is claimed)
      (.nothing, nil, 0...10),
      (.record(ahead: -1, owner: 0), nil, 0...10), (.record(ahead: 2000, owner: 0), nil, 0...10),
      (.record(ahead: -1, owner: 9), nil, 0...10), (.record(ahead: 0, owner: 9), nil, 0...10),
      // An owner that does not renew is watched until its limit has passed.
      (.record(ahead: 3000, owner: 9), nil, 3000...3010),
      (.record(ahead: 20_000, owner: 9), nil, 20_000...20_020),
      // Released meanwhile: free at once.
      (
        .record(ahead: 14_000, owner: 9), .record(ahead: -5, owner: 0), 1000...1600
      ),
      // Deleted meanwhile.
      (.record(ahead: 14_000, owner: 9), .nothing, 1000...1600),
    ] as [(Standing, Standing?, ClosedRange<Int64>)])
  func taken(_ standing: Standing, _ later: Standing?, _ when: ClosedRange<Int64>) {
    let fixture = EtcdFixture()
    stand(standing, fixture)
    if let later {
      fixture.network.queue.schedule(afterMilliseconds: 1000) { stand(later, fixture) }
    }
    var waits: [String] = []
    let store = fixture.store()
    store.didWait = { waits.append($0) }
    let beginning = fixture.now.unixMilliseconds
    let claim = fixture.claim(store, 1...1)?.claim
    #expect(when.contains(fixture.network.queue.now))
    // The process begins at the last recorded limit, whatever the clock says.
    let limit: Int64 =
      switch later ?? standing {
      case .nothing: epoch
      case .record(let ahead, _): beginning + (later == nil ? 0 : 1000) + ahead
      }
    #expect(claim?.found.limit == limit)
    #expect(fixture.recorded().map { $0.owner } == 1)
    #expect(fixture.recorded()?.limit == claim?.reserved.limit)
    #expect(waits.count == (when.upperBound > 10 ? 1 : 0), "it is said once that it waits")
  }

  private func stand(_ standing: Standing, _ fixture: EtcdFixture) {
    switch standing {
    case .nothing: fixture.network.etcd.delete(fixture.key(1))
    case .record(let ahead, let owner): fixture.put(1, owner: owner, ahead: ahead)
    }
  }

  /// An owner that renews is alive.
  @Test func held() {
    let fixture = EtcdFixture()
    fixture.put(1, owner: 9, ahead: 12_000)
    fixture.network.queue.schedule(afterMilliseconds: 3000) {
      fixture.put(1, owner: 9, ahead: 15_000)
    }
    let result = fixture.claim(fixture.store(), 1...1)
    #expect(result?.storeError == .held(machineID: 1, by: "process 109 on host app-9"))
    #expect(3000...3600 ~= fixture.network.queue.now)
    #expect(fixture.writes.isEmpty)
  }

  @Test(arguments: [[], Array("garbage".utf8), Array(repeating: 0x20, count: 256)])
  func unreadable(_ value: [UInt8]) {
    let fixture = EtcdFixture()
    fixture.network.etcd.put(fixture.key(1), value)
    guard case .unreadable(fixture.key(1), _) = fixture.claim(fixture.store(), 1...1)?.storeError
    else { return #expect(Bool(false), "taken") }
    #expect(fixture.network.etcd.entries[fixture.key(1)]?.value == value)
  }

  // MARK: Several

  /// Reasons why neither machine ID of a range of two can be claimed.
  @Test func noneFree() {
    let fixture = EtcdFixture()
    fixture.put(1, owner: 9, ahead: 12_000)
    // Its clock was ahead by more than any owner's may be.
    fixture.put(2, owner: 8, ahead: 40_000)
    fixture.network.queue.schedule(afterMilliseconds: 700) {
      fixture.put(1, owner: 9, ahead: 15_000)
    }
    let start = ClockReading.example.unixMilliseconds + 40_000
    let ahead = StoreError.ahead(name: fixture.key(2), startUnixMilliseconds: start)
    #expect(
      fixture.claim(fixture.store(), 1...2)?.storeError == .noneFree(1...2, passedOver: [ahead]))
    #expect(fixture.writes.isEmpty)
  }

  /// There is no owner to watch, so the error has the reason.
  @Test func allAhead() {
    let fixture = EtcdFixture()
    fixture.put(1, owner: 9, ahead: 40_000)
    fixture.put(2, owner: 0, ahead: 16_000)
    let start = ClockReading.example.unixMilliseconds + 40_000
    #expect(
      fixture.claim(fixture.store(), 1...2)?.storeError
        == .ahead(name: fixture.key(1), startUnixMilliseconds: start))
    #expect(fixture.network.queue.now < 10)
  }

  /// A hundred processes that start together claim one each, soon.
  @Test func manyAtOnce() {
    let fixture = EtcdFixture()
    var machineIDs: [Int] = []
    for owner: UInt64 in 1...100 {
      let store = fixture.store(owner &* 0x9E37_79B9_7F4A_7C15 | 1)
      store.claim(fixture.terms(0...1023)) { result in
        if let claim = result.claim { machineIDs.append(claim.machineID) }
      }
    }
    fixture.network.queue.advance(byMilliseconds: 1000)
    #expect(machineIDs.count == 100)
    #expect(Set(machineIDs).count == 100)
  }

  // MARK: Unknown outcomes

  /// A claim whose answers are lost is recognized by the next member's answer, or by the next read.
  @Test(arguments: [1, 2, 3, 4], [1...1, 1...3])
  func replyLost(_ count: Int, _ machineIDs: ClosedRange<Int>) {
    let fixture = EtcdFixture()
    fixture.loseReplies(to: "/v3/kv/txn", count)
    let store = fixture.store()
    let beginning = fixture.now.unixMilliseconds
    let claim = fixture.claim(store, machineIDs)?.claim
    #expect(claim?.machineID == 1)
    #expect(claim?.found.limit == epoch)
    // The limit that was recorded then, not the one that would be recorded now.
    #expect(claim?.reserved.limit == fixture.recorded()?.limit)
    #expect((claim?.reserved.limit ?? 0) - beginning < EtcdFixture.leaseWindowMilliseconds + 100)
    #expect(fixture.writes.map(\.key) == [fixture.key(1)], "no second machine ID is taken")
    #expect(fixture.renew(store, to: fixture.now.unixMilliseconds + 20_000) == .some(nil))
  }

  /// After a claim of unknown outcome, the record of another process is not mistaken for its own.
  @Test func lostRaceOfUnknownOutcome() {
    let fixture = EtcdFixture()
    fixture.network.fate = { _, request in
      guard request.target == "/v3/kv/txn" else { return SimulatedNetwork.Fate() }
      if fixture.recorded() == nil { fixture.put(1, owner: 9, ahead: 15_000) }
      return SimulatedNetwork.Fate(reply: nil)
    }
    fixture.network.queue.schedule(afterMilliseconds: 9000) {
      fixture.put(1, owner: 9, ahead: 15_000)
    }
    let result = fixture.claim(fixture.store(), 1...1)
    #expect(result?.storeError == .held(machineID: 1, by: "process 109 on host app-9"))
    #expect(fixture.writes.isEmpty)
  }

  // MARK: Ends

  @Test(arguments: [0, 1, 700] as [Int64])
  func ended(_ delay: Int64) {
    let fixture = EtcdFixture()
    fixture.put(1, owner: 9, ahead: 12_000)
    let store = fixture.store()
    fixture.network.queue.schedule(afterMilliseconds: delay) { store.endClaim() }
    #expect(fixture.claim(store, 1...1)?.storeError == .ended(name: store.name))
    #expect(fixture.network.queue.now <= delay + 3)
    #expect(fixture.writes.isEmpty)
  }

  /// A claim that is ended while it reads the records claims nothing.
  @Test func endedDuringTheLook() {
    let fixture = EtcdFixture()
    let store = fixture.store()
    fixture.network.queue.schedule(afterMilliseconds: 1) { store.endClaim() }
    #expect(fixture.claim(store, 1...1)?.storeError == .ended(name: store.name))
    #expect(fixture.writes.isEmpty)
  }

  // MARK: Clocks

  /// etcd's clock has a resolution of a second.
  @Test(
    arguments: [
      (0, true), (9000, true), (-9000, true), (11_000, false), (-11_001, false),
      (3_600_000, false), (-3_600_000, false),
    ] as [(Int64, Bool)])
  func skew(_ milliseconds: Int64, _ isAllowed: Bool) {
    let fixture = EtcdFixture()
    fixture.network.skewMilliseconds = milliseconds
    let result = fixture.claim(fixture.store(), 1...1)
    #expect((result?.claim != nil) == isAllowed)
    guard !isAllowed else { return }
    guard case .clockSkew(_, let here, let there, 10_000) = result?.storeError else {
      return #expect(Bool(false), "no skew")
    }
    #expect(abs(there - here - milliseconds) <= 1000)
    #expect(fixture.writes.isEmpty)
  }
}
