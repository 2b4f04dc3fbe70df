import Glibc
import UV

/// The system calls of a ``FileStore``. Each may wait for the disk.
package protocol FileSystem: Sendable {
  /// Opens an existing file for reading and writing. The C function is `open`.
  func open(_ path: String) throws(FileError) -> Int32

  /// Creates a file, which must not exist, and opens it. The C function is `open`, with `O_EXCL`.
  /// If this process is root's, the file belongs to the owner of its folder.
  func create(_ path: String) throws(FileError) -> Int32

  /// Closes a file. The C function is `close`.
  func close(_ descriptor: Int32)

  /// Locks a file until it is closed. The C function is `flock`.
  ///
  /// - Returns: false if another process has locked it exclusively. A process that only tests the
  ///   lock does not count.
  func lock(_ descriptor: Int32) throws(FileError) -> Bool

  /// Reads the first bytes of a file. The C function is `pread`.
  func read(_ descriptor: Int32, upTo count: Int) throws(FileError) -> [UInt8]

  /// Overwrites the first bytes of a file. The C function is `pwrite`.
  func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(FileError)

  /// Returns once the content of a file is durable. The C function is `fdatasync`.
  func synchronize(_ descriptor: Int32) throws(FileError)

  /// Returns once the names in a folder are durable. The C function is `fsync`.
  func synchronizeFolder(_ path: String) throws(FileError)

  /// The names in a folder, in any order. The C functions are `opendir` and `readdir`.
  func names(in folder: String) throws(FileError) -> [String]

  /// Whether a name refers to the open file. The C functions are `fstat` and `stat`.
  func isFile(_ descriptor: Int32, at path: String) throws(FileError) -> Bool

  /// Gives a file a second name, which must not exist. The C function is `link`.
  func link(_ path: String, as newPath: String) throws(FileError)

  /// Removes a name. The C function is `unlink`.
  func remove(_ path: String) throws(FileError)

  /// Waits a moment for other processes. The C function is `usleep`.
  func pause()
}

/// The error of a system call: an `errno`.
package struct FileError: Error, Equatable {
  package var code: Int32

  package init(code: Int32) { self.code = code }

  /// The error message for the code. The C function is `strerror`.
  var reason: String { UVError(code: -code).message }

  /// Whether the file does not exist.
  var isAbsence: Bool { code == ENOENT }

  /// Whether the error concerns this process or the host, not the file.
  var isOfTheProcess: Bool { [EMFILE, ENFILE, ENOMEM].contains(code) }

  /// The error of a store in `directory`: for a mistake in the setup, with what to do about it.
  ///
  /// - Parameter name: the file.
  func storeError(name: String, directory: String) -> StoreError {
    let user = "this process runs as user \(geteuid())"
    return switch code {
    case ENOENT:
      .system(
        name: "STATE_DIR=\(directory)",
        reason: "there is no such folder. Create it; \(user), which must own it")
    case ENOTDIR: .system(name: "STATE_DIR=\(directory)", reason: "it is not a folder")
    case EACCES, EPERM:
      .system(
        name: "STATE_DIR=\(directory)",
        reason: "\(name): \(reason); \(user), which must own the folder and its files")
    case EROFS: .system(name: "STATE_DIR=\(directory)", reason: "\(name): \(reason)")
    default: .system(name: name, reason: reason)
    }
  }
}

/// The files of the host.
package struct HostFileSystem: FileSystem {
  package init() {}

  package func open(_ path: String) throws(FileError) -> Int32 {
    try check(unsafe Glibc.open(path, O_RDWR | O_CLOEXEC))
  }

  /// Opens an existing file for reading. It does not wait for the writer of a named pipe. The C
  /// function is `open`.
  func openToRead(_ path: String) throws(FileError) -> Int32 {
    try check(unsafe Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC))
  }

  package func create(_ path: String) throws(FileError) -> Int32 {
    let descriptor = try check(
      unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
    if geteuid() == 0 { giveToOwnerOfFolder(descriptor, path) }
    return descriptor
  }

  /// Lets the owner of a folder use a file that root has made there: if an operator runs
  /// `generate` with the folder of a service, the service may get this machine ID later. The C
  /// function is `fchown`. If it fails, the file stays root's.
  private func giveToOwnerOfFolder(_ descriptor: Int32, _ path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    var status = stat()
    guard unsafe stat(folder, &status) == 0 else { return }
    _ = fchown(descriptor, status.st_uid, status.st_gid)
  }

  package func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  package func lock(_ descriptor: Int32) throws(FileError) -> Bool {
    for _ in 0..<Self.lockAttemptCount {
      if try tryLock(descriptor, LOCK_EX) { return true }
      // An owner's lock is exclusive. A shared lock is that of a process that only tests the lock.
      if try isLocked(descriptor) { return false }
      usleep(.random(in: 500...1500))
    }
    return false
  }

  /// Whether a process owns a file. It takes a shared lock for a moment, so several processes can
  /// test at the same time, and ``lock(_:)`` tries again. The C function is `flock`.
  func isLocked(_ descriptor: Int32) throws(FileError) -> Bool {
    guard try tryLock(descriptor, LOCK_SH) else { return true }
    _ = try tryLock(descriptor, LOCK_UN)
    return false
  }

  /// The number of attempts to lock a file that other processes only test: a test takes
  /// microseconds, unless its process has to wait for a core.
  private static let lockAttemptCount = 1000

  /// False if the lock of another process conflicts.
  private func tryLock(_ descriptor: Int32, _ operation: Int32) throws(FileError) -> Bool {
    do throws(FileError) {
      try check(flock(descriptor, operation | LOCK_NB))
      return true
    } catch {
      guard error.code == EWOULDBLOCK else { throw error }
      return false
    }
  }

  package func read(_ descriptor: Int32, upTo count: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let readCount = unsafe bytes.withUnsafeMutableBytes {
      unsafe pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    try check(Int32(truncatingIfNeeded: readCount))
    return Array(bytes.prefix(readCount))
  }

  package func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(FileError) {
    let count = unsafe bytes.withUnsafeBytes {
      unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
    }
    try check(Int32(truncatingIfNeeded: count))
    guard count == bytes.count else { throw FileError(code: ENOSPC) }
  }

  package func synchronize(_ descriptor: Int32) throws(FileError) {
    try check(fdatasync(descriptor))
  }

  package func synchronizeFolder(_ path: String) throws(FileError) {
    let descriptor = try check(unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    defer { close(descriptor) }
    try check(fsync(descriptor))
  }

  package func names(in folder: String) throws(FileError) -> [String] {
    guard let stream = unsafe opendir(folder) else { throw FileError(code: errno) }
    defer { _ = unsafe closedir(stream) }
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw FileError(code: errno) }
        return names
      }
      // The entry is as long as its name, and valid until the next `readdir`.
      let name = unsafe UnsafeRawPointer(entry).advanced(by: offset)
        .assumingMemoryBound(to: CChar.self)
      names.append(unsafe String(cString: name))
    }
  }

  package func isFile(_ descriptor: Int32, at path: String) throws(FileError) -> Bool {
    var (opened, named) = (stat(), stat())
    try check(unsafe fstat(descriptor, &opened))
    do throws(FileError) {
      try check(unsafe stat(path, &named))
    } catch {
      guard error.code == ENOENT else { throw error }
      return false
    }
    return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  package func link(_ path: String, as newPath: String) throws(FileError) {
    try check(unsafe Glibc.link(path, newPath))
  }

  package func remove(_ path: String) throws(FileError) {
    try check(unsafe unlink(path))
  }

  package func pause() { usleep(20_000) }

  @discardableResult
  private func check(_ result: Int32) throws(FileError) -> Int32 {
    guard result >= 0 else { throw FileError(code: errno) }
    return result
  }
}
