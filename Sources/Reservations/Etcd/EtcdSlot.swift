import Snowflake

/// What stands at the key of one machine ID.
struct EtcdSlot: Sendable {
  let machineID: Int
  /// The revision that has written it.
  let revision: Int64
  /// What it says, or why that cannot be understood.
  let content: Result<ReservationRecord, StoreError>

  init(_ entry: EtcdEntry, machineID: Int, name: String = "") {
    self.machineID = machineID
    revision = entry.modRevision
    do throws(RecordError) {
      let record = try ReservationRecord(entry.value, machineID: machineID)
      guard record.owner != nil else { throw RecordError("it names no owner") }
      content = .success(record)
    } catch {
      content = .failure(.unreadable(name: name, reason: error.reason))
    }
  }

  var record: ReservationRecord? { try? content.get() }

  /// Who has it; `nil` if it was released.
  var owner: ReservationOwner? {
    guard let record, let owner = record.owner, owner.number != 0 else { return nil }
    return ReservationOwner(
      number: owner.number, host: owner.host, processID: record.processID)
  }

  /// Who has taken it over, for people; `nil` if that cannot be told.
  var newOwner: String? {
    owner?.description
      ?? record.map { "nobody: process \($0.processID) has taken it over and released it" }
  }

  /// In milliseconds since the epoch of the format; 0 if it cannot be understood.
  var limit: Int64 { record?.reservation.limit ?? 0 }

  var limitTime: UTCTime {
    UTCTime(unixMilliseconds: limit + SnowflakeID.epochUnixMilliseconds)
  }

  /// For people.
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
