import Glibc
import Snowflake
package import UV

/// A store for the processes of many hosts: a key for each machine ID, in etcd.
///
/// A record identifies its owner by a random number, and is replaced only by compare and swap. So
/// if two processes claim a machine ID, one succeeds; and an owner that has been replaced learns it
/// at its next renewal. It uses no etcd lease, lock or watch. Clocks and timers decide only when
/// an owner is considered gone: a wrong clock makes a process wait longer, but never repeats an ID.
package final class EtcdStore: ReservationStore {
  /// The claim of this process.
  private struct Claimed {
    var machineID: Int
    /// The revision that the next compare and swap expects.
    var revision: Int64
    /// The limits of the swaps since the last one whose outcome is known. Each of these swaps can
    /// still be carried out.
    var unknownLimits: [Int64] = []

    mutating func didSwap(at revision: Int64) {
      self.revision = revision
      unknownLimits = []
    }
  }

  let client: EtcdClient
  let prefix: String
  let clockSkewMilliseconds: Int64
  /// Random for each start of a process, to distinguish its records from all others.
  let ownerNumber: UInt64
  private let host: String
  private let processID: Int
  /// The layout of the IDs.
  private(set) var layout = SnowflakeLayout.default
  /// The lease window. It is recorded, so that other processes know how long to watch.
  private(set) var leaseWindowMilliseconds: Int64 = 0
  private var claimed: Claimed?
  private var search: EtcdSearch?

  package var name: String { client.name }
  package let policy: ReservationPolicy
  /// Never called: the next renewal detects a loss, within a third of the window if etcd answers.
  package var didLose: (StoreError) -> Void = { _ in }
  package var didWait: (String) -> Void = { _ in }

  package convenience init(
    _ configuration: EtcdConfiguration, loop: Loop, security: (any StreamSecurity)?
  ) throws(UVError) {
    self.init(
      configuration,
      transport: try EtcdHTTPTransport(configuration.endpoints, loop: loop, security: security))
  }

  /// - Parameters:
  ///   - ownerNumber: not 0, and different from any other process's.
  ///   - host: see ``HostName``.
  package init(
    _ configuration: EtcdConfiguration, transport: any EtcdTransport,
    ownerNumber: UInt64 = .random(in: 1...(.max)), host: String? = nil,
    processID: Int = Int(getpid())
  ) {
    client = EtcdClient(configuration, transport: transport)
    prefix = configuration.prefix
    var policy = ReservationPolicy(
      kind: "etcd", leaseWindowMilliseconds: 15_000, retryMilliseconds: 500, renewsAtRest: true)
    // A renewal may be in progress at one member; then the release tries each member once.
    let memberCount = min(configuration.endpoints.count + 1, 5)
    policy.releaseMilliseconds = Int64(memberCount) * Int64(EtcdClient.timeoutMilliseconds)
    self.policy = policy
    clockSkewMilliseconds = configuration.clockSkewMilliseconds
    self.ownerNumber = ownerNumber
    self.host = host ?? HostName.current()
    self.processID = processID
  }

  package func claim(
    _ terms: ClaimTerms, _ completion: @escaping (Result<ReservationClaim, StartError>) -> Void
  ) {
    layout = terms.layout
    leaseWindowMilliseconds = terms.leaseWindowMilliseconds
    let search = EtcdSearch(self, terms) { [self] result in
      self.search = nil
      completion(
        result.map { found in
          claimed = Claimed(machineID: found.claim.machineID, revision: found.revision)
          return found.claim
        })
    }
    self.search = search
    search.look()
  }

  package func endClaim() { search?.end() }

  package func renew(
    _ held: Reservation, to next: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    guard claimed != nil else { return completion(.lost(name: name)) }
    swap(to: next, completion)
  }

  /// Removes the owner from the record. The record stays: the next owner begins at its limit.
  package func release(
    _ held: Reservation, as last: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    guard claimed != nil else { return completion(nil) }
    swap(to: last, owner: 0) { [self] error in
      claimed = nil
      completion(error)
    }
  }

  /// Replaces the record, if it is the one that this process wrote last.
  ///
  /// If the comparison fails, etcd returns the current record. If this process has tried to write
  /// that record, an earlier swap was carried out although its answer was lost, and the swap is
  /// repeated with the current revision. The owner number alone does not prove it: after a running
  /// virtual machine has been cloned, two processes have the same number.
  private func swap(
    to next: Reservation, owner: UInt64? = nil,
    _ completion: @escaping (StoreError?) -> Void
  ) {
    guard let claimed else { return completion(.lost(name: name)) }
    let (key, machineID) = (self.key(claimed.machineID), claimed.machineID)
    let value = record(machineID, next, owner: owner ?? ownerNumber).bytes
    self.claimed?.unknownLimits.append(next.limit)
    client.compareAndSwap(
      Array(key.utf8), expected: .revision(claimed.revision), value: value
    ) { [self] result in
      switch result {
      case .failure(let failure): completion(failure.error)
      case .success(let answer) where answer.succeeded:
        self.claimed?.didSwap(at: answer.header.revision)
        completion(nil)
      case .success(let answer):
        if let found = answer.found, found.value == value {
          // Another member has carried out an earlier copy of this request.
          self.claimed?.didSwap(at: found.modRevision)
          return completion(nil)
        }
        let found = answer.found.map { EtcdSlot($0, machineID: machineID) }
        guard let found, found.owner?.number == ownerNumber, found.record?.layout == layout,
          self.claimed?.unknownLimits.contains(found.limit) == true
        else {
          self.claimed = nil
          let isCopy = found?.owner?.number == ownerNumber
          let owner =
            isCopy
            ? "a copy of this process, or an old record was restored" : found?.newOwner
          return completion(.lost(name: key, owner: owner))
        }
        self.claimed?.didSwap(at: found.revision)
        swap(to: next, owner: owner, completion)
      }
    }
  }

  package func close() { client.close() }

  package func list(_ completion: @escaping (Result<[MachineSlot], StoreError>) -> Void) {
    readSlots(of: nil) { result in
      completion(
        result.map { $0.slots.values.map(\.machineSlot).sorted { $0.machineID < $1.machineID } }
          .mapError(\.error))
    }
  }
}

// MARK: - Keys and records

extension EtcdStore {
  func key(_ machineID: Int) -> String { "\(prefix)machine-\(machineID)" }

  func record(_ machineID: Int, _ reservation: Reservation, owner: UInt64) -> ReservationRecord {
    ReservationRecord(
      layout: layout, machineID: machineID, reservation: reservation, processID: processID,
      owner: ReservationRecord.Owner(
        number: owner, host: host, leaseWindowMilliseconds: leaseWindowMilliseconds))
  }

  /// Reads the entry of this machine ID, or all entries for `nil`; machine IDs without an entry are
  /// left out.
  func readSlots(
    of machineID: Int?,
    _ completion: @escaping (Result<EtcdSlots, EtcdClient.Failure>) -> Void
  ) {
    let (start, end) = keyRange
    let one = machineID.map { Array(key($0).utf8) }
    client.range(from: one ?? start, to: one == nil ? end : nil) { [self] result in
      completion(
        result.map { answer in
          var slots: [Int: EtcdSlot] = [:]
          for entry in answer.entries {
            let name = String(decoding: entry.key.dropFirst(start.count), as: UTF8.self)
            guard let machineID = Int(name), machineID >= 0,
              Array(key(machineID).utf8) == entry.key
            else { continue }
            slots[machineID] = EtcdSlot(entry, machineID: machineID, name: key(machineID))
          }
          return EtcdSlots(slots: slots, revision: answer.header.revision)
        })
    }
  }

  /// All keys `machine-…`: in ASCII, the dot follows the dash.
  var keyRange: (start: [UInt8], end: [UInt8]) {
    (Array("\(prefix)machine-".utf8), Array("\(prefix)machine.".utf8))
  }
}
