import Glibc
import HTTP1
import Snowflake

/// The path of the file of one machine ID, which may not exist yet.
///
/// A file is created atomically: it is written under another name, synchronized, and linked to its
/// own name. So an existing file contains a complete record, or it is refused.
struct FilePlace: Sendable {
  let directory: String
  let files: any FileSystem
  let layout: SnowflakeLayout
  /// In milliseconds since 1970.
  let now: Int64
  let machineID: Int

  var name: String { Self.path(directory: directory, machineID: machineID) }

  /// The path of a machine ID's file.
  static func path(directory: String, machineID: Int) -> String {
    "\(directory)/\(fileName(machineID))"
  }

  private static func fileName(_ machineID: Int) -> String { "machine-\(machineID)" }

  /// The machine IDs whose files have these names; other names are left out.
  static func machineIDs(of names: [String]) -> [Int] {
    names.compactMap { name in
      let digits = name.utf8.drop { !$0.isDigit }
      guard let machineID = Int(String(digits) ?? ""), fileName(machineID) == name else {
        return nil
      }
      return machineID
    }
  }

  /// The number of attempts to open a file that other processes create or delete at the same time.
  private static let attemptCount = 10

  private enum Attempt {
    case locked(LockedFile)
    case held(LockedFile)
    /// The file was created, deleted or replaced meanwhile.
    case changed
    /// It was not created, because the folder has a record of another layout.
    case otherLayout(LayoutMismatch)
  }

  /// Opens and locks the file, and creates it if it does not exist. Once this returns, its name is
  /// durable, too.
  ///
  /// - Parameter didRead: called with the recorded reservation, even if another process has the
  ///   machine ID.
  func claim(
    didRead: (Reservation) -> Void = { _ in }
  ) throws(StoreError) -> (file: LockedFile, reservation: Reservation) {
    for _ in 0..<Self.attemptCount {
      let attempt: Attempt
      do throws(FileError) {
        if let opened = try open() { attempt = opened } else { attempt = try create() }
      } catch {
        throw error.storeError(name: name, directory: directory)
      }
      switch attempt {
      case .locked(let file):
        let record = try file.record()
        try check(record)
        if record.reservation.limit == layout.epochUnixMilliseconds { try checkFirstClaim() }
        didRead(record.reservation)
        return (file, record.reservation)
      case .held(let file):
        let record = try? file.record()
        if let record {
          try check(record)
          didRead(record.reservation)
        }
        throw .held(
          machineID: machineID, by: (record?.writer).map { "\($0)" })
      case .otherLayout(let mismatch): throw .otherLayout(mismatch)
      case .changed: continue
      }
    }
    throw .system(
      name: name,
      reason: "it is a dangling symbolic link, or other processes keep creating and deleting it")
  }

  /// Opens and locks the existing file; `nil` if there is none.
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
    // If it was deleted or replaced before it was locked, it protects nothing.
    guard try files.isFile(descriptor, at: name) else { return .changed }
    // The process that created it may have crashed before its name was durable.
    try files.synchronizeFolder(directory)
    return .locked(file)
  }

  /// Creates the file, with a record that no timestamp has been used.
  private func create() throws(FileError) -> Attempt {
    if let mismatch = try greatestMismatch() { return .otherLayout(mismatch) }
    let temporaryName = "\(name).\(String(UInt64.random(in: 0...(.max)), radix: 16)).new"
    let file = LockedFile(place: self, descriptor: try files.create(temporaryName))
    defer { try? files.remove(temporaryName) }
    // Locked before it is linked. No other process opens a name with 64 random bits.
    guard try files.lock(file.descriptor) else { return .changed }
    let record = ReservationRecord(
      layout: layout, machineID: machineID,
      reservation: Reservation(limit: layout.epochUnixMilliseconds), processID: Int(getpid()),
      fileHost: HostName.current())
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

// MARK: - Layouts

extension FilePlace {
  /// Refuses a record of another layout.
  private func check(_ record: ReservationRecord) throws(StoreError) {
    guard let mismatch = record.mismatch(with: layout, name: name, now: now) else { return }
    throw .otherLayout((try? greatestMismatch()) ?? mismatch)
  }

  /// Looks at the other records again, before the file has its first reservation: a process of
  /// another layout may have created one at the same time. Then it removes the file, with which no
  /// ID has been made, so that it does not stop that process.
  private func checkFirstClaim() throws(StoreError) {
    let mismatch: LayoutMismatch?
    do throws(FileError) {
      mismatch = try greatestMismatch()
      if mismatch != nil { try files.remove(name) }
    } catch {
      throw error.storeError(name: name, directory: directory)
    }
    if let mismatch { throw .otherLayout(mismatch) }
  }

  /// The record of another layout that allows the greatest ID; `nil` if the folder has none. It
  /// names a record that cannot be read, if there is one.
  private func greatestMismatch() throws(FileError) -> LayoutMismatch? {
    var unreadableName: String?
    var mismatch = try Self.machineIDs(of: files.names(in: directory)).compactMap { other in
      let name = Self.path(directory: directory, machineID: other)
      guard let descriptor = try? files.open(name) else { return nil as LayoutMismatch? }
      defer { files.close(descriptor) }
      let bytes = try? files.read(descriptor, upTo: ReservationRecord.byteCount + 1)
      let record = try? ReservationRecord(ofFile: bytes ?? [], machineID: other)
      if record == nil { unreadableName = name }
      return record?.mismatch(with: layout, name: name, now: now)
    }.greatest()
    mismatch?.unreadableName = unreadableName
    return mismatch
  }
}

/// The open file of one machine ID. When it is deallocated, it closes the file, which releases the
/// lock.
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
  /// If the file has been deleted or moved, the lock protects nothing, because another process can
  /// create and lock a new file: that is ``StoreError/lost(name:owner:)``.
  func write(_ reservation: Reservation) throws(StoreError) {
    let record = ReservationRecord(
      layout: place.layout, machineID: place.machineID, reservation: reservation,
      processID: Int(getpid()), fileHost: HostName.current())
    do throws(FileError) {
      if try place.files.isFile(descriptor, at: name) {
        try place.files.write(descriptor, record.bytes)
        return try place.files.synchronize(descriptor)
      }
    } catch {
      throw error.storeError(name: name, directory: place.directory)
    }
    throw .lost(name: name)
  }

  /// Reads the record in the file.
  fileprivate func record() throws(StoreError) -> ReservationRecord {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try place.files.read(descriptor, upTo: ReservationRecord.byteCount + 1)
    } catch {
      throw error.storeError(name: name, directory: place.directory)
    }
    do throws(RecordError) {
      return try ReservationRecord(ofFile: bytes, machineID: place.machineID)
    } catch {
      throw .unreadable(name: name, reason: error.reason)
    }
  }
}
