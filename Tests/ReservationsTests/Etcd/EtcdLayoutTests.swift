import HTTP1
import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// A prefix has records of one layout: two layouts can make the same ID.
struct EtcdLayoutTests {
  private let fixture = EtcdFixture()

  private func mismatch(_ result: Result<ReservationClaim, StartError>?) -> LayoutMismatch? {
    guard case .otherLayout(let mismatch) = result?.storeError else { return nil }
    return mismatch
  }

  /// Its own record, or that of another machine ID, in or outside of the range of `auto`; past,
  /// released, or of a process that is alive.
  @Test(
    arguments: [(5...5, 5), (4...4, 5), (4...6, 5), (4...4, 1000), (4...6, 1000)],
    [(-60_000, 9), (-1, 0), (12_000, 9)] as [(Int64, UInt64)])
  func aRecordOfAnotherLayoutIsRefused(
    _ request: (machineIDs: ClosedRange<Int>, other: Int), _ standing: (ahead: Int64, owner: UInt64)
  ) {
    fixture.put(request.other, owner: standing.owner, ahead: standing.ahead)
    let limit = fixture.now.unixMilliseconds + standing.ahead
    let result = fixture.claim(fixture.store(), request.machineIDs, layout: .javascript)
    let mismatch = mismatch(result)
    #expect(mismatch?.name == fixture.key(request.other))
    #expect(mismatch?.recorded == .default)
    #expect(mismatch?.requested == .javascript)
    #expect(mismatch?.limitUnixMilliseconds == limit)
    #expect(fixture.writes.isEmpty)
    #expect(fixture.network.queue.now < 20)
  }

  /// The move is judged by the greatest ID of all records.
  @Test(arguments: [1...1, 4...4, 1...4])
  func theRecordWithTheGreatestIDIsNamed(_ machineIDs: ClosedRange<Int>) {
    for (machineID, ahead) in [(1, -20), (2, -10), (3, -30)] as [(Int, Int64)] {
      fixture.put(machineID, owner: 0, ahead: ahead)
    }
    let result = fixture.claim(fixture.store(), machineIDs, layout: .javascript)
    #expect(mismatch(result)?.name == fixture.key(2))
  }

  /// A record that cannot be read is named, because it may allow greater IDs.
  @Test(arguments: [1...1, 3...3, 1...4])
  func anUnreadableRecordIsNamed(_ machineIDs: ClosedRange<Int>) {
    fixture.put(1, owner: 0, ahead: -20)
    fixture.network.etcd.put(fixture.key(2), Array("damaged".utf8))
    let result = fixture.claim(fixture.store(), machineIDs, layout: .javascript)
    #expect(mismatch(result)?.unreadableName == fixture.key(2))
  }

  /// A machine ID with a record costs one read and one write, a new one another read.
  @Test func requests() {
    fixture.put(1, owner: 0, ahead: -1)
    for (machineIDs, expected) in [
      (1...1, ["0 range", "0 txn"]), (2...2, ["0 range", "0 range", "0 txn"]),
      (0...9, ["0 range", "0 txn"]),
    ] {
      let owner = UInt64(machineIDs.upperBound)
      #expect(fixture.claim(fixture.store(owner), machineIDs)?.claim != nil)
      #expect(fixture.sent(owner) == expected)
    }
  }

  /// A process of another layout that has won the race for a machine ID is no reason to take the
  /// next one.
  @Test(arguments: [1...1, 1...3])
  func lostRace(_ machineIDs: ClosedRange<Int>) {
    fixture.network.fate = { _, request in
      if request.target == "/v3/kv/txn" { fixture.put(1, owner: 9, ahead: 15_000) }
      return SimulatedNetwork.Fate()
    }
    let result = fixture.claim(fixture.store(), machineIDs, layout: .javascript)
    #expect(mismatch(result)?.name == fixture.key(1))
    #expect(fixture.writes.isEmpty)
  }

  /// A record of another layout that appears between the read of all records and the write of a new
  /// one prevents the write, whatever its machine ID.
  @Test(arguments: [1...1, 1...3], [2, 3, 1000])
  func aRecordThatAppearsMeanwhile(_ machineIDs: ClosedRange<Int>, _ other: Int) {
    fixture.network.fate = { _, request in
      if request.target == "/v3/kv/txn" {
        fixture.put(other, owner: 9, ahead: 15_000, layout: .tsid)
      }
      return SimulatedNetwork.Fate()
    }
    let result = fixture.claim(fixture.store(), machineIDs)
    #expect(mismatch(result)?.name == fixture.key(other))
    #expect(fixture.writes.isEmpty)
  }

  /// Processes that start together on an empty prefix: those of one layout all get a machine ID,
  /// and those of the other are refused.
  @Test(arguments: [0...23, 7...7], 1...3 as ClosedRange<UInt64>)
  func startingTogether(_ machineIDs: ClosedRange<Int>, _ seed: UInt64) {
    let layouts: [SnowflakeLayout] = [.default, .javascript]
    var claims: [[Int]] = [[], []]
    var errors: [[StoreError]] = [[], []]
    var stores: [EtcdStore] = []
    for index in 0..<24 {
      let store = fixture.store(UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15 &* seed | 1)
      stores.append(store)
      let isAuto = machineIDs.count > 1
      let layout = seed == 1 ? 0 : index % 2
      let range = isAuto ? machineIDs : index...index
      store.claim(fixture.terms(range, layout: layouts[layout])) { result in
        switch result {
        case .success(let claim): claims[layout].append(claim.machineID)
        case .failure(.store(let error)): errors[layout].append(error)
        case .failure: break
        }
      }
    }
    while claims.joined().count + errors.joined().count < 24, fixture.network.queue.now < 60_000 {
      fixture.network.queue.step()
    }
    let winner = claims[0].isEmpty ? 1 : 0
    let expectedCount = seed == 1 ? 24 : 12
    #expect(Set(claims[winner]).count == expectedCount)
    #expect(claims[1 - winner].isEmpty)
    #expect(errors[winner].isEmpty)
    #expect(errors[1 - winner].count == 24 - expectedCount)
    #expect(fixture.network.queue.now < 2000)
  }

  /// A record of another layout is another process's, whatever its owner number says.
  @Test func takenOver() {
    let store = fixture.claimed()
    let limit = fixture.recorded()?.limit ?? 0
    fixture.put(1, owner: 1, ahead: limit - fixture.now.unixMilliseconds, layout: .tsid)
    fixture.loseReplies(to: "/v3/kv/txn", 3)
    #expect(fixture.renew(store, to: limit) != .some(nil), "the outcome is unknown")
    guard case .some(.some(.lost)) = fixture.renew(store, to: limit) else {
      return #expect(Bool(false), "renewed")
    }
  }

  /// Layouts with more machine IDs than the default are listed as well.
  @Test func listing() {
    fixture.put(65_535, owner: 0, ahead: 5, layout: .sonyflake)
    fixture.put(1 << 60, owner: 0, ahead: 5)
    fixture.network.etcd.put("/idgen/machine--1", [])
    let store = fixture.store()
    let slots = fixture.wait { store.list($0) }.flatMap { try? $0.get() }
    #expect(slots?.map(\.machineID) == [65_535, 1 << 60])
  }
}
