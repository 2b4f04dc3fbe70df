import Glibc
import UV

/// A store for the processes of one host: a file for each machine ID, locked as long as a process
/// has it.
///
/// A limit is written and synchronized on a thread of libuv's, so a slow disk does not stop the
/// loop. The lock is `flock`: it goes with the process, however that ends.
package final class FileStore: ReservationStore {
  private let loop: Loop
  private let directory: String
  private var file: LockedFile?
  /// Whether the file's name is durable, too.
  private var hasDurableName = false

  /// - Parameter directory: exists, and can be written to.
  package init(loop: Loop, directory: String) {
    self.loop = loop
    self.directory = directory
  }

  package func claim(
    _ machineIDs: ClosedRange<Int>,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void
  ) {
    do throws(StoreError) {
      for machineID in machineIDs {
        do throws(StoreError) {
          let file = try LockedFile(directory: directory, machineID: machineID)
          (self.file, hasDurableName) = (file, false)
          return completion(
            .success(ReservationClaim(machineID: machineID, start: try file.readLimit())))
        } catch .held where machineIDs.count > 1 {
          continue
        }
      }
      throw .noneFree(machineIDs)
    } catch {
      file = nil
      completion(.failure(error))
    }
  }

  package func extend(to limit: Int64, _ completion: @escaping (StoreError?) -> Void) {
    guard let file else { return completion(.system(name: directory, reason: "not claimed")) }
    write(limit, to: file, completion)
  }

  package func release(limit: Int64, _ completion: @escaping (StoreError?) -> Void) {
    guard let file else { return completion(nil) }
    write(limit, to: file) { [self] error in
      self.file = nil
      completion(error)
    }
  }

  private func write(
    _ limit: Int64, to file: LockedFile, _ completion: @escaping (StoreError?) -> Void
  ) {
    let write = file.write(limit: limit, syncsName: !hasDurableName)
    do throws(UVError) {
      try ThreadPool.run(on: loop, write) { [self] status in
        if status == 0 { hasDurableName = true }
        completion(StoreError(status, writing: file.name))
      }
    } catch {
      completion(.system(name: file.name, reason: error.message))
    }
  }
}

/// The file of one machine ID. Its descriptor and lock go when it is let go of.
private final class LockedFile: Sendable {
  let name: String
  private let directory: String
  private let machineID: Int
  private let descriptor: Int32

  /// Opens the file, or makes it, and locks it. The C functions are `open` and `flock`.
  init(directory: String, machineID: Int) throws(StoreError) {
    self.machineID = machineID
    self.directory = directory
    name = "\(directory)/machine-\(machineID)"
    descriptor = unsafe open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(name: name, reason: errorText(errno)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      guard code == EWOULDBLOCK else { throw .system(name: name, reason: errorText(code)) }
      throw .held(machineID: machineID, processID: try? record()?.processID)
    }
  }

  deinit { close(descriptor) }

  /// The limit that the file holds; 0 if it is new, and so empty.
  func readLimit() throws(StoreError) -> Int64 { try record()?.limit ?? 0 }

  /// What writes a new limit, on whatever thread, and returns 0 or `errno`.
  ///
  /// It keeps the file open, so its descriptor stays its own. The C functions are `pwrite` and
  /// `fdatasync`.
  ///
  /// - Parameter syncsName: whether the folder is synchronized, too, for a file that may be new.
  func write(limit: Int64, syncsName: Bool) -> @Sendable () -> Int32 {
    let record = ReservationRecord(
      machineID: machineID, limit: limit, processID: Int(getpid()))
    let bytes = record.bytes
    return { [self] in
      var (own, named) = (stat(), stat())
      guard unsafe fstat(descriptor, &own) == 0, unsafe stat(name, &named) == 0 else {
        return errno
      }
      // A file that has been deleted or moved away protects nothing: another process can make and
      // lock its own.
      guard own.st_ino == named.st_ino, own.st_dev == named.st_dev else { return ENOENT }
      let count = unsafe bytes.withUnsafeBytes {
        unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
      }
      guard count == bytes.count else { return count < 0 ? errno : ENOSPC }
      guard fdatasync(descriptor) == 0 else { return errno }
      return syncsName ? syncDirectory() : 0
    }
  }

  /// The record in the file, `nil` if the file is empty. The C function is `pread`.
  private func record() throws(StoreError) -> ReservationRecord? {
    var bytes = [UInt8](repeating: 0, count: ReservationRecord.byteCount + 1)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard count >= 0 else { throw .system(name: name, reason: errorText(errno)) }
    if count == 0 { return nil }
    guard count == ReservationRecord.byteCount else {
      throw .unreadable(name: name, reason: "its length is not \(ReservationRecord.byteCount)")
    }
    do {
      return try ReservationRecord(Array(bytes.prefix(count)), machineID: machineID)
    } catch {
      throw .unreadable(name: name, reason: error.reason)
    }
  }

  /// Makes the file's name durable; 0 or `errno`. The C function is `fsync`.
  private func syncDirectory() -> Int32 {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    return fsync(descriptor) == 0 ? 0 : errno
  }
}

extension StoreError {
  /// `nil` if `code` is 0; else it is `errno` of a write.
  fileprivate init?(_ code: Int32, writing name: String) {
    switch code {
    case 0: return nil
    case ENOENT: self = .lost(name: name)
    default: self = .system(name: name, reason: errorText(code))
    }
  }
}

/// What an `errno` means. The C function is `strerror`.
private func errorText(_ code: Int32) -> String {
  UVError(code: -code).message
}
