import Snowflake

/// Reads the files of all machine IDs in a folder, for operators. It creates, claims and writes
/// nothing.
struct FileListing: Sendable {
  let directory: String
  private let files = HostFileSystem()

  init(directory: String) { self.directory = directory }

  /// The machine IDs that have a file, in their order.
  ///
  /// If the file is locked, the machine ID is held, whatever its limit. The lock ends with the
  /// process, so a machine ID whose file is not locked is free, and the next owner begins at its
  /// limit.
  func slots() -> Result<[MachineSlot], StoreError> {
    Result { () throws(StoreError) in
      do throws(FileError) {
        var slots: [MachineSlot] = []
        for machineID in FilePlace.machineIDs(of: try files.names(in: directory)).sorted() {
          if let slot = try slot(machineID) { slots.append(slot) }
        }
        return slots
      } catch {
        throw error.storeError(name: directory, directory: directory)
      }
    }
  }

  /// `nil` if the file has been removed meanwhile.
  private func slot(_ machineID: Int) throws(FileError) -> MachineSlot? {
    let name = FilePlace.path(directory: directory, machineID: machineID)
    do throws(FileError) {
      let descriptor = try files.openToRead(name)
      defer { files.close(descriptor) }
      let isHeld = try files.isLocked(descriptor)
      let bytes = try files.read(descriptor, upTo: ReservationRecord.byteCount + 1)
      return slot(machineID, name: name, bytes, isHeld: isHeld)
    } catch {
      // An error such as a lack of descriptors does not mean that this file is damaged.
      if error.isAbsence { return nil }
      if error.isOfTheProcess { throw error }
      return MachineSlot(
        machineID: machineID, state: .unreadable(.system(name: name, reason: error.reason)))
    }
  }

  private func slot(
    _ machineID: Int, name: String, _ bytes: [UInt8], isHeld: Bool
  ) -> MachineSlot {
    do throws(RecordError) {
      let record = try ReservationRecord(ofFile: bytes, machineID: machineID)
      return MachineSlot(
        machineID: machineID, state: isHeld ? .held : .free,
        owner: isHeld ? record.writer : nil,
        limit: record.reservation.limit)
    } catch {
      return MachineSlot(
        machineID: machineID, state: .unreadable(.unreadable(name: name, reason: error.reason)))
    }
  }
}
