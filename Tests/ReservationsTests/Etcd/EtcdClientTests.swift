import Testing

@testable import Reservations

struct EtcdClientTests {
  // MARK: Members

  /// If a member does not answer, the client asks the next one, and stays with the one that has
  /// answered.
  @Test(
    arguments: [
      ([.serving, .serving, .serving], ["0 txn", "0 txn"], 0...10),
      ([.refusing, .serving, .serving], ["0 txn", "1 txn", "1 txn"], 0...10),
      ([.unavailable, .refusing, .serving], ["0 txn", "1 txn", "2 txn", "2 txn"], 0...20),
      ([.silent, .serving, .serving], ["0 txn", "1 txn", "1 txn"], 1000...1010),
      ([.silent, .silent, .serving], ["0 txn", "1 txn", "2 txn", "2 txn"], 2000...2020),
    ] as [([SimulatedNetwork.Member], [String], ClosedRange<Int64>)])
  func members(
    _ members: [SimulatedNetwork.Member], _ sent: [String], _ milliseconds: ClosedRange<Int64>
  ) {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    let (before, earlier) = (fixture.network.queue.now, fixture.sent().count)
    fixture.network.members = members
    let limit = fixture.now.unixMilliseconds + 20_000
    #expect(fixture.renew(store, to: limit) == .some(nil))
    #expect(fixture.renew(store, to: limit + 1) == .some(nil))
    #expect(Array(fixture.sent().dropFirst(earlier)) == sent)
    #expect(milliseconds ~= fixture.network.queue.now - before)
  }

  /// The client asks each member once. The next request begins with the member after the last.
  @Test func noMember() {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    fixture.network.members = [.unavailable, .silent, .refusing]
    let error = fixture.renew(store, to: fixture.now.unixMilliseconds)
    guard case .some(.system(let name, _)) = error else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(name == "http://etcd-3:2379")
    #expect(fixture.sent().suffix(3) == ["0 txn", "1 txn", "2 txn"])
  }

  /// A claim waits for a cluster that does not answer, and reports it once.
  @Test func engineAway() {
    let fixture = EtcdFixture()
    let store = fixture.store()
    var waits: [String] = []
    store.didWait = { waits.append($0) }
    fixture.network.members = [.refusing, .refusing, .refusing]
    fixture.network.queue.schedule(afterMilliseconds: 30_000) {
      fixture.network.members[1] = .serving
    }
    #expect(fixture.claim(store, 1...1)?.claim?.machineID == 1)
    #expect(30_000...30_600 ~= fixture.network.queue.now)
    #expect(waits.count == 1)
  }

  // MARK: Clusters that are not trusted

  /// A cluster that has gone back, or is another one: its records of the machine ID cannot be
  /// trusted.
  @Test(arguments: [
    ("a lower revision", true), ("another cluster", true), ("the same revision", false),
  ])
  func restored(_ what: String, _ isRefused: Bool) {
    let fixture = EtcdFixture()
    let store = fixture.claimed()
    let backup = fixture.network.etcd
    let limit = fixture.now.unixMilliseconds + 20_000
    if what == "a lower revision" { #expect(fixture.renew(store, to: limit) == .some(nil)) }
    let acknowledged = fixture.network.etcd
    var other = what == "the same revision" ? acknowledged : backup
    if what == "another cluster" {
      other.clusterID += 1
      for name in 0..<9 { other.put("\(name)", []) }
    }
    fixture.network.etcd = other
    let error = fixture.renew(store, to: limit + 1)
    guard isRefused else { return #expect(error == .some(nil)) }
    guard case .some(.restored) = error else {
      return #expect(Bool(false), "trusted: \(String(describing: error))")
    }
    // The original cluster is trusted again.
    fixture.network.etcd = acknowledged
    #expect(fixture.renew(store, to: limit + 2) == .some(nil))
  }

  /// The client passes over a single member that has gone back.
  @Test func oneRestored() {
    let fixture = EtcdFixture()
    let backup = fixture.network.etcd
    for name in 0..<3 { fixture.network.etcd.put("\(name)", []) }
    let store = fixture.claimed()
    fixture.network.members[0] = .restored(backup)
    #expect(fixture.renew(store, to: fixture.now.unixMilliseconds + 20_000) == .some(nil))
    #expect(fixture.sent().suffix(2) == ["0 txn", "1 txn"])
    #expect(fixture.network.faults[.wentBack] == 1)
    #expect(fixture.recorded()?.owner == 1)
  }

  // MARK: Users

  private func fixture(password: String? = "secret\n") -> EtcdFixture {
    let fixture = EtcdFixture()
    fixture.network.etcd.user = ("idgen", "secret")
    fixture.network.files[EtcdFixture.passwordFile] = password.map { Array($0.utf8) }
    return fixture
  }

  @Test(arguments: ["secret\n", "secret", "secret\nignored\n"])
  func authenticated(_ password: String) {
    let fixture = fixture(password: password)
    let store = fixture.claimed(user: "idgen")
    #expect(fixture.sent() == ["0 authenticate", "0 range", "0 range", "0 txn"])
    // The client replaces an expired token; the password may have changed meanwhile.
    fixture.network.etcd.expireTokens()
    fixture.network.etcd.user = ("idgen", "new")
    fixture.network.files[EtcdFixture.passwordFile] = Array("new\n".utf8)
    #expect(fixture.renew(store, to: fixture.now.unixMilliseconds + 20_000) == .some(nil))
    #expect(fixture.sent().suffix(3) == ["0 txn", "0 authenticate", "0 txn"])
  }

  @Test(
    arguments: [
      ("idgen", "wrong", "http://etcd-1:2379", "authentication failed", 1),
      ("other", "secret", "http://etcd-1:2379", "authentication failed", 1),
      (nil, "secret", "http://etcd-1:2379", "ETCD_USERNAME", 1),
      ("idgen", nil, "ETCD_PASSWORD_FILE=\(EtcdFixture.passwordFile)", "no such file", 0),
      ("idgen", "", "ETCD_PASSWORD_FILE=\(EtcdFixture.passwordFile)", "is empty", 0),
      ("idgen", "\nsecret", "ETCD_PASSWORD_FILE=\(EtcdFixture.passwordFile)", "is empty", 0),
    ] as [(String?, String?, String, String, Int)])
  func refused(
    _ user: String?, _ password: String?, _ name: String, _ reason: String, _ requests: Int
  ) {
    let fixture = fixture(password: password)
    let error = fixture.claim(fixture.store(user: user), 1...1)?.storeError
    guard case .system(let foundName, let text) = error else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(foundName == name)
    #expect(text.contains(reason))
    // At once, and by one member: the others would answer the same.
    #expect(fixture.sent().count == requests)
    #expect(fixture.network.queue.now < 10)
  }

  /// The client does not request two tokens in a row: a cluster that refuses its own tokens would
  /// be asked for ever.
  @Test func refusedTokens() {
    let fixture = fixture()
    let store = fixture.claimed(user: "idgen")
    fixture.network.fate = { _, _ in
      fixture.network.etcd.expireTokens()
      return .init()
    }
    let count = fixture.sent().count
    guard case .some(.some(.system)) = fixture.renew(store, to: fixture.now.unixMilliseconds) else {
      return #expect(Bool(false), "no error")
    }
    #expect(fixture.sent().dropFirst(count) == ["0 txn", "0 authenticate", "0 txn"])
  }
}
