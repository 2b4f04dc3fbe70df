import Testing

@testable import Reservations

struct EtcdStoreTests {
  private static let transaction = "/v3/kv/txn"

  // MARK: Renewals

  /// However many answers are lost, no limit counts before it is known to be recorded, and the next
  /// renewal succeeds.
  @Test(arguments: [0, 1, 2, 3, 4, 7])
  func renewalWithLostReplies(_ count: Int) {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    let limit = fixture.now.unixMilliseconds + 20_000
    fixture.loseReplies(to: Self.transaction, count)
    let wholeRounds = count / 3
    for round in 0..<wholeRounds {
      guard case .some(.some(.system)) = fixture.renew(store, to: limit + Int64(round)) else {
        return #expect(Bool(false), "round \(round) is said to be recorded")
      }
    }
    #expect(fixture.renew(store, to: limit + 100) == .some(nil))
    #expect(fixture.recorded().map { $0.limit } == limit + 100)
    #expect(fixture.renew(store, to: limit + 200) == .some(nil))
    #expect(fixture.recorded().map { $0.owner } == 1)
  }

  /// A delayed write of an earlier renewal does not replace a later one.
  @Test func lateRenewal() {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    let limit = fixture.now.unixMilliseconds + 20_000
    var isFirst = true
    fixture.network.fate = { _, _ in
      defer { isFirst = false }
      return isFirst ? .init(arrivals: [5000], reply: 1) : .init()
    }
    // The first member is slow, and the next one records it.
    #expect(fixture.renew(store, to: limit) == .some(nil))
    #expect(fixture.renew(store, to: limit + 1) == .some(nil))
    fixture.network.queue.advance(byMilliseconds: 10_000)
    #expect(fixture.recorded().map { $0.limit } == limit + 1)
  }

  @Test(
    arguments: [
      ("another", "process 109 on host app-9"),
      ("another, released", "process 100 on host app-0, which has released it since"),
      ("deleted", nil), ("garbage", nil),
      ("claimed anew by the same host", "process 101 on host app-1"),
      (
        "renewed by a copy of a virtual machine",
        "a copy of this process, or an old record was restored"
      ),
    ] as [(String, String?)])
  func lost(_ what: String, _ owner: String?) {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    let key = fixture.key(1)
    switch what {
    case "another": fixture.put(1, owner: 9, ahead: 15_000)
    case "another, released": fixture.put(1, owner: 0, ahead: 0)
    case "deleted": fixture.network.etcd.delete(key)
    case "renewed by a copy of a virtual machine": fixture.put(1, owner: 1, ahead: 15_000)
    case "garbage": fixture.network.etcd.put(key, Array("garbage".utf8))
    default:
      var record = fixture.record(1, owner: 1, ahead: 15_000)
      record.owner?.number = 77
      fixture.network.etcd.put(key, record.bytes)
    }
    let entry = fixture.network.etcd.entries[key]
    let limit = fixture.now.unixMilliseconds + 20_000
    #expect(fixture.renew(store, to: limit) == .some(.lost(name: key, owner: owner)))
    // It stays lost, and the store writes nothing more.
    #expect(fixture.renew(store, to: limit) == .some(.lost(name: store.name)))
    #expect(fixture.release(store, as: limit) == .some(nil))
    #expect(fixture.network.etcd.entries[key] == entry)
  }

  // MARK: Releases

  @Test(arguments: [0, 1, 2])
  func release(_ lostReplies: Int) {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    let last = fixture.now.unixMilliseconds + 3
    fixture.loseReplies(to: Self.transaction, lostReplies)
    #expect(fixture.release(store, as: last) == .some(nil))
    #expect(fixture.recorded()?.owner == 0)
    #expect(fixture.recorded()?.limit == last)
    // The next owner begins there without waiting.
    let (next, before) = (fixture.store(2), fixture.network.queue.now)
    #expect(fixture.claim(next, 1...1)?.claim?.found.limit == last)
    #expect(fixture.network.queue.now - before < 10)
  }

  /// If the outcome is unknown, the store reports that, and releases its claim nevertheless.
  @Test func releaseOfUnknownOutcome() {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    fixture.loseReplies(to: Self.transaction, 3)
    guard case .some(.some(.system)) = fixture.release(store, as: fixture.now.unixMilliseconds)
    else {
      return #expect(Bool(false), "no error")
    }
    #expect(
      fixture.renew(store, to: fixture.now.unixMilliseconds) == .some(.lost(name: store.name)))
  }

  /// A release after a renewal of unknown outcome replaces the record of that renewal.
  @Test func releaseAfterUnknownRenewal() {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    fixture.loseReplies(to: Self.transaction, 3)
    _ = fixture.renew(store, to: fixture.now.unixMilliseconds + 20_000)
    let last = fixture.now.unixMilliseconds + 1
    #expect(fixture.release(store, as: last) == .some(nil))
    #expect(fixture.recorded()?.limit == last)
    #expect(fixture.recorded()?.owner == 0)
  }

  // MARK: Lists

  @Test func list() {
    let fixture = EtcdFixture()
    fixture.put(7, owner: 9, ahead: 15_000)
    fixture.put(3, owner: 0, ahead: 5)
    fixture.network.etcd.put(fixture.key(12), Array("x".utf8))
    for name in ["/idgen/machine-01", "/idgen/machine--1", "/idgen/machine-x", "/idgen/other"] {
      fixture.network.etcd.put(name, fixture.record(1, owner: 9, ahead: 0).bytes)
    }
    let slots = fixture.wait { fixture.store().list($0) }.flatMap { try? $0.get() } ?? []
    #expect(slots.map(\.machineID) == [3, 7, 12])
    #expect(slots.prefix(2).map(\.state) == [.free, .held])
    #expect(slots.prefix(2).map { $0.owner?.number } == [nil, 9])
    guard case .unreadable = slots.last?.state else { return #expect(Bool(false), "readable") }
  }
}
