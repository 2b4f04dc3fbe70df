import Glibc
import Snowflake

/// Where the file of one machine ID is, or is to be.
///
/// A file appears whole: it is written under another name, synchronized, and linked to its own. So
/// one that is there holds a complete record, or is not to be trusted.
struct FilePlace: Sendable {
  let directory: String
  let files: any FileSystem
  let machineID: Int

  var name: String { "\(directory)/machine-\(machineID)" }

  /// How often others may make or delete the file while it is being opened.
  private static let attemptCount = 10

  private enum Attempt {
    case locked(LockedFile)
    case held(LockedFile)
    /// The file was made, deleted or replaced meanwhile.
    case changed
  }

  /// Opens and locks the file, or makes it. Once this returns, its name is durable, too.
  ///
  /// - Parameter didRead: told what is recorded, also if another process has the machine ID.
  func claim(
    didRead: (Reservation) -> Void = { _ in }
  ) throws(StoreError) -> (file: LockedFile, reservation: Reservation) {
    for _ in 0..<Self.attemptCount {
      let attempt: Attempt
      do throws(FileError) {
        if let opened = try open() { attempt = opened } else { attempt = try create() }
      } catch {
        throw .system(name: name, reason: error.reason)
      }
      switch attempt {
      case .locked(let file):
        let reservation = try file.record().reservation
        didRead(reservation)
        return (file, reservation)
      case .held(let file):
        let record = try? file.record()
        if let record { didRead(record.reservation) }
        throw .held(
          machineID: machineID, by: (record?.processID).map { "process \($0)" })
      case .changed: continue
      }
    }
    throw .system(
      name: name,
      reason: "it is a symbolic link to nothing, or other processes go on making and deleting it")
  }

  /// The file that is there; `nil` if there is none.
  private func open() throws(FileError) -> Attempt? {
    let descriptor: Int32
    do throws(FileError) {
      descriptor = try files.open(name)
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
    let file = LockedFile(place: self, descriptor: descriptor)
    guard try files.lock(descriptor) else { return .held(file) }
    // Deleted or replaced before it was locked: it protects nothing.
    guard try files.isFile(descriptor, at: name) else { return .changed }
    // Whoever made it may have crashed before its name was durable.
    try files.synchronizeFolder(directory)
    return .locked(file)
  }

  /// Makes the file, whose record says that no timestamp has been used.
  private func create() throws(FileError) -> Attempt {
    let temporaryName = "\(name).\(String(UInt64.random(in: 0...(.max)), radix: 16)).new"
    let file = LockedFile(place: self, descriptor: try files.create(temporaryName))
    defer { try? files.remove(temporaryName) }
    // Before anybody else can see it. Nobody has opened a name that is 64 random bits.
    guard try files.lock(file.descriptor) else { return .changed }
    let record = ReservationRecord(
      machineID: machineID, reservation: Reservation(limit: 0), processID: Int(getpid()))
    try files.write(file.descriptor, record.bytes)
    try files.synchronize(file.descriptor)
    do throws(FileError) {
      try files.link(temporaryName, as: name)
    } catch {
      guard error.code == EEXIST else { throw error }
      return .changed
    }
    try files.synchronizeFolder(directory)
    return .locked(file)
  }
}

/// The open file of one machine ID. Its descriptor and its lock go when it is let go of.
final class LockedFile: Sendable {
  let place: FilePlace
  fileprivate let descriptor: Int32

  var name: String { place.name }

  fileprivate init(place: FilePlace, descriptor: Int32) {
    self.place = place
    self.descriptor = descriptor
  }

  deinit { place.files.close(descriptor) }

  /// Writes a record and returns once it is durable.
  ///
  /// A file that has been deleted or moved away protects nothing, for another process can make and
  /// lock its own: that is ``StoreError/lost(name:owner:)``.
  func write(_ reservation: Reservation) throws(StoreError) {
    let record = ReservationRecord(
      machineID: place.machineID, reservation: reservation, processID: Int(getpid()))
    do throws(FileError) {
      if try place.files.isFile(descriptor, at: name) {
        try place.files.write(descriptor, record.bytes)
        return try place.files.synchronize(descriptor)
      }
    } catch {
      throw .system(name: name, reason: error.reason)
    }
    throw .lost(name: name)
  }

  /// The record in the file.
  fileprivate func record() throws(StoreError) -> ReservationRecord {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try place.files.read(descriptor, upTo: ReservationRecord.byteCount + 1)
    } catch {
      throw .system(name: name, reason: error.reason)
    }
    guard bytes.count == ReservationRecord.byteCount else {
      throw .unreadable(name: name, reason: "its length is not \(ReservationRecord.byteCount)")
    }
    do throws(RecordError) {
      return try ReservationRecord(bytes, machineID: place.machineID)
    } catch {
      throw .unreadable(name: name, reason: error.reason)
    }
  }
}
