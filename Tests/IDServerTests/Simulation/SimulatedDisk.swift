@testable import IDServer

/// What outlives processes: a record for each machine ID, as a page in memory and as it is durable.
final class SimulatedDisk {
  struct Record {
    /// What a power cut leaves.
    var durable: Int64 = 0
    /// What has been written since and is not synchronized; every process reads it.
    var written: Int64?
    /// The greatest limit that may have counted, while what there is cannot be read.
    var torn: Int64?
    /// The number of the process that has the lock.
    var holder: Int?

    var limit: Int64 { written ?? durable }
  }

  private(set) var records: [Int: Record] = [:]
  /// Whether every write and every synchronization fails.
  var isFailing = false

  subscript(machineID: Int) -> Record {
    get { records[machineID, default: Record()] }
    set { records[machineID] = newValue }
  }

  /// What has been written and not synchronized is durable, or lost, or half of it is.
  func cutPower(_ adversary: Adversary) {
    for machineID in records.keys.sorted() {
      var record = self[machineID]
      record.holder = nil
      if let written = record.written {
        switch adversary.pick(0..<4) {
        case 0: record.durable = written
        case 1, 2: record.torn = max(written, record.durable, record.torn ?? 0)
        default: break
        }
      }
      record.written = nil
      self[machineID] = record
    }
  }

  /// An operator restores a record that cannot be read, with nothing that may have counted lost.
  func repair() {
    for (machineID, record) in records {
      guard let torn = record.torn else { continue }
      self[machineID] = Record(durable: torn, holder: record.holder)
    }
  }

  func unlock(_ machineID: Int, heldBy process: Int) {
    if self[machineID].holder == process { self[machineID].holder = nil }
  }
}
