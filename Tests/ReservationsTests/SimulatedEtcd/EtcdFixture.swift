import HTTP1
import Snowflake
import TestSupport

@testable import Reservations

/// A simulated etcd of three members, and stores that use it. Nothing fails unless a test says so.
final class EtcdFixture {
  static let passwordFile = "/etc/idgen/password"
  static let leaseWindowMilliseconds: Int64 = 15_000

  let network = SimulatedNetwork(
    memberCount: 3, originUnixMilliseconds: ClockReading.example.unixMilliseconds)
  /// The values that were written, in order.
  private(set) var writes: [(key: String, value: [UInt8])] = []

  init() {
    network.didWrite = { [unowned self] key, value in writes.append((key, value)) }
  }

  var now: ClockReading {
    ClockReading(
      unixMilliseconds: network.unixMilliseconds, monotonicMilliseconds: network.queue.now)
  }

  // MARK: - Stores

  /// - Parameter owner: its owner number.
  func store(_ owner: UInt64 = 1, user: String? = nil) -> EtcdStore {
    var configuration = EtcdConfiguration(
      endpoints: (1...3).map { .init(host: "etcd-\($0)", port: 2379) })
    configuration.user = user.map { .init(name: $0, passwordFile: Self.passwordFile) }
    let transport = SimulatedTransport(network)
    transports[owner] = transport
    return EtcdStore(
      configuration, transport: transport, ownerNumber: owner, host: "app-\(owner)",
      processID: 100 + Int(owner % 1000))
  }

  private(set) var transports: [UInt64: SimulatedTransport] = [:]

  /// The requests of an owner, and the member that each was sent to.
  func sent(_ owner: UInt64 = 1) -> [String] {
    transports[owner]?.sent.map { "\($0.endpoint) \($0.path.split(separator: "/").last ?? "")" }
      ?? []
  }

  /// Terms that reserve one lease window from now.
  func terms(_ machineIDs: ClosedRange<Int>, layout: SnowflakeLayout = .default) -> ClaimTerms {
    ClaimTerms(
      layout: layout, machineIDs: machineIDs,
      leaseWindowMilliseconds: Self.leaseWindowMilliseconds,
      clock: { [unowned self] in now },
      reserve: { [unowned self] claim in
        let limit = max(claim.found.limit, now.unixMilliseconds + Self.leaseWindowMilliseconds)
        return .success(Reservation(limit: limit))
      })
  }

  // MARK: - Results

  /// Advances the time until there is a result.
  func wait<Value>(_ start: (@escaping (Value) -> Void) -> Void) -> Value? {
    var result: Value?
    start { result = $0 }
    for _ in 0..<100_000 where result == nil { network.queue.step() }
    return result
  }

  func claim(
    _ store: EtcdStore, _ machineIDs: ClosedRange<Int>, layout: SnowflakeLayout = .default
  ) -> Result<ReservationClaim, StartError>? {
    wait { store.claim(terms(machineIDs, layout: layout), $0) }
  }

  /// Claims a machine ID, which must succeed.
  func claimed(_ owner: UInt64 = 1, user: String? = nil) -> EtcdStore {
    let store = store(owner, user: user)
    _ = claim(store, 1...1)
    return store
  }

  /// - Returns: the error, if there is one; an outer `nil` if there is no answer.
  func renew(_ store: EtcdStore, to limit: Int64) -> StoreError?? {
    wait { store.renew(.none, to: Reservation(limit: limit), $0) }
  }

  func release(_ store: EtcdStore, as limit: Int64) -> StoreError?? {
    wait { store.release(.none, as: Reservation(limit: limit), $0) }
  }

  // MARK: - Records

  func key(_ machineID: Int) -> String { "/idgen/machine-\(machineID)" }

  /// Writes a record as another process would.
  func put(
    _ machineID: Int, owner: UInt64, ahead: Int64, layout: SnowflakeLayout = .default
  ) {
    var record = record(machineID, owner: owner, ahead: ahead)
    record.layout = layout
    network.etcd.put(key(machineID), record.bytes)
  }

  /// - Parameter ahead: how far its limit is ahead of the clock, in milliseconds.
  func record(_ machineID: Int, owner: UInt64, ahead: Int64) -> ReservationRecord {
    ReservationRecord(
      machineID: machineID, reservation: Reservation(limit: now.unixMilliseconds + ahead),
      processID: 100 + Int(owner % 1000),
      owner: .init(
        number: owner, host: "app-\(owner)", leaseWindowMilliseconds: Self.leaseWindowMilliseconds))
  }

  /// The recorded owner and limit of a machine ID; `nil` if there is no valid record.
  func recorded(_ machineID: Int = 1) -> (owner: UInt64, limit: Int64)? {
    guard let entry = network.etcd.entries[key(machineID)],
      let record = try? ReservationRecord(entry.value, machineID: machineID),
      let owner = record.owner
    else { return nil }
    return (owner.number, record.reservation.limit)
  }

  /// Loses the next answers to requests for this path.
  func loseReplies(to path: String, _ count: Int) {
    var rest = count
    network.fate = { _, request in
      guard request.target == path, rest > 0 else { return SimulatedNetwork.Fate() }
      rest -= 1
      return SimulatedNetwork.Fate(reply: nil)
    }
  }
}

extension Result where Success == ReservationClaim, Failure == StartError {
  /// The error of a claim; `nil` if there is none.
  var storeError: StoreError? {
    if case .failure(.store(let error)) = self { error } else { nil }
  }
  var claim: ReservationClaim? { try? get() }
}
