import Snowflake

/// The entries of one read, by machine ID.
struct EtcdSlots {
  var slots: [Int: EtcdSlot]
  /// The revision of the read: it has seen every write up to that one.
  var revision: Int64
}

/// The entry at the key of one machine ID.
struct EtcdSlot: Sendable {
  let machineID: Int
  /// The revision that wrote it.
  let revision: Int64
  /// The record, or why it is damaged.
  let content: Result<ReservationRecord, StoreError>

  init(_ entry: EtcdEntry, machineID: Int, name: String = "") {
    self.machineID = machineID
    revision = entry.modRevision
    do throws(RecordError) {
      content = .success(try ReservationRecord(ofKey: entry.value, machineID: machineID))
    } catch {
      content = .failure(.unreadable(name: name, reason: error.reason))
    }
  }

  var record: ReservationRecord? { try? content.get() }

  /// The owner; `nil` if the machine ID was released.
  var owner: ReservationOwner? {
    guard let record, record.owner?.number != 0 else { return nil }
    return record.writer
  }

  /// The process that has taken the machine ID over, for operators; `nil` if the record is damaged.
  var newOwner: String? {
    record.map { "\($0.writer)" + (owner == nil ? ", which has released it since" : "") }
  }

  /// `nil` if the record is of this layout, or damaged.
  ///
  /// - Parameter now: in milliseconds since 1970.
  func mismatch(with layout: SnowflakeLayout, name: String, now: Int64) -> LayoutMismatch? {
    record?.mismatch(with: layout, name: name, now: now)
  }

  /// In milliseconds since 1970; 0 if the record is damaged.
  var limit: Int64 { record?.reservation.limit ?? 0 }

  var limitTime: UTCTime { UTCTime(unixMilliseconds: limit) }

  /// The slot as `idgen machines` lists it.
  var machineSlot: MachineSlot {
    switch content {
    case .success(let record):
      MachineSlot(
        machineID: machineID, state: owner == nil ? .free : .held, owner: owner,
        limit: record.reservation.limit)
    case .failure(let error): MachineSlot(machineID: machineID, state: .unreadable(error))
    }
  }
}
