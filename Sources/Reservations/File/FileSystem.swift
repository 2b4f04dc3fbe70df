import Glibc
import UV

/// The calls to the system that a ``FileStore`` makes. Each may wait for the disk.
package protocol FileSystem: Sendable {
  /// Opens a file that is there, to read and write. The C function is `open`.
  func open(_ path: String) throws(FileError) -> Int32

  /// Makes a file that is not there, and opens it. The C function is `open`, with `O_EXCL`.
  func create(_ path: String) throws(FileError) -> Int32

  /// The C function is `close`.
  func close(_ descriptor: Int32)

  /// Locks a file until it is closed. The C function is `flock`.
  ///
  /// - Returns: false if another process has locked it. One that only looks whether it is locked does
  ///   not count.
  func lock(_ descriptor: Int32) throws(FileError) -> Bool

  /// The first bytes of a file. The C function is `pread`.
  func read(_ descriptor: Int32, upTo count: Int) throws(FileError) -> [UInt8]

  /// Writes over the first bytes of a file. The C function is `pwrite`.
  func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(FileError)

  /// Returns once the content of a file is durable. The C function is `fdatasync`.
  func synchronize(_ descriptor: Int32) throws(FileError)

  /// Returns once the names in a folder are durable. The C function is `fsync`.
  func synchronizeFolder(_ path: String) throws(FileError)

  /// Whether a name stands for the file that is open. The C functions are `fstat` and `stat`.
  func isFile(_ descriptor: Int32, at path: String) throws(FileError) -> Bool

  /// Gives a file a second name, which must not be there. The C function is `link`.
  func link(_ path: String, as newPath: String) throws(FileError)

  /// Removes a name. The C function is `unlink`.
  func remove(_ path: String) throws(FileError)

  /// Waits a moment for other processes. The C function is `usleep`.
  func pause()
}

/// Why the system refused a call: an `errno`.
package struct FileError: Error, Equatable {
  package var code: Int32

  package init(code: Int32) { self.code = code }

  /// What the code means. The C function is `strerror`.
  var reason: String { UVError(code: -code).message }

  /// Whether no file has this name.
  var isAbsence: Bool { code == ENOENT }

  /// Whether it says something of this process, or of the host, and nothing of a file.
  var isOfTheProcess: Bool { [EMFILE, ENFILE, ENOMEM].contains(code) }
}

/// The files of the host.
package struct HostFileSystem: FileSystem {
  package init() {}

  package func open(_ path: String) throws(FileError) -> Int32 {
    try check(unsafe Glibc.open(path, O_RDWR | O_CLOEXEC))
  }

  /// Opens a file that is there, to read alone. It does not wait for the writer of a pipe. The C
  /// function is `open`.
  func openToRead(_ path: String) throws(FileError) -> Int32 {
    try check(unsafe Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC))
  }

  /// Succeeds if a folder is there. The C function is `open`.
  func checkFolder(_ path: String) throws(FileError) {
    close(try check(unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)))
  }

  package func create(_ path: String) throws(FileError) -> Int32 {
    try check(unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644))
  }

  package func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  package func lock(_ descriptor: Int32) throws(FileError) -> Bool {
    for _ in 0..<Self.lockAttemptCount {
      if try tryLock(descriptor, LOCK_EX) { return true }
      // Whoever owns the file keeps all others off; whoever looks at it, only owners.
      if try isLocked(descriptor) { return false }
      usleep(.random(in: 500...1500))
    }
    return false
  }

  /// Whether a process owns a file. To find out takes a lock for a moment, but one that others who
  /// look can share, and for which ``lock(_:)`` tries again. The C function is `flock`.
  func isLocked(_ descriptor: Int32) throws(FileError) -> Bool {
    guard try tryLock(descriptor, LOCK_SH) else { return true }
    _ = try tryLock(descriptor, LOCK_UN)
    return false
  }

  /// How often a file is tried that others only look at: a look takes microseconds, unless the process
  /// has to wait for a core.
  private static let lockAttemptCount = 1000

  /// False if the lock of another process is in the way.
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
