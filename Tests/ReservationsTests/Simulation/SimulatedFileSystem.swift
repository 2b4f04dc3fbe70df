import Foundation
import Synchronization
import UV

@testable import Reservations

/// Runs the background work of one process on its own thread, one system call at a time, when the
/// adversary says so. Everything else stands still meanwhile.
final class SteppedExecutor: BackgroundExecutor {
  /// How far the work is.
  enum Point: String, CaseIterable {
    case open, list, create, lock, read, write, synchronize, synchronizeFolder, isFile, link, remove
    /// It is done, and the process does not know yet.
    case answered
  }

  private let files: SimulatedFileSystem
  private let baton = Baton()
  private var completion: (() -> Void)?

  init(_ files: SimulatedFileSystem) {
    self.files = files
    files.baton = baton
  }

  /// The next call; `nil` if there is no work.
  var point: Point? { completion == nil ? nil : baton.point ?? .answered }

  func run<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value, completion: @escaping (Value) -> Void
  ) throws(UVError) {
    let box = Box<Value>()
    baton.start { box.value.withLock { $0 = body() } }
    self.completion = { if let value = box.value.withLock({ $0 }) { completion(value) } }
  }

  /// Makes the next system call, or calls the completion if the work is done.
  func step() {
    if baton.point != nil { return baton.resume() }
    let completion = self.completion
    self.completion = nil
    completion?()
  }

  /// Ends the process: the rest of its work never happens.
  func kill() {
    files.isKilled = true
    completion = nil
    while baton.point != nil { baton.resume() }
    files.closeAll()
  }

  private final class Box<Value: Sendable>: Sendable { let value = Mutex<Value?>(nil) }
}

/// Switches between two threads, of which one runs at a time.
final class Baton: @unchecked Sendable {
  private let toWorker = DispatchSemaphore(value: 0)
  private let toOwner = DispatchSemaphore(value: 0)
  /// The call that the worker is about to make; `nil` if there is no worker.
  private(set) var point: SteppedExecutor.Point?
  private var body: (@Sendable () -> Void)?

  /// Runs `body` up to its first call.
  func start(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    let thread = Thread { [self] in
      runBody()
      point = nil
      toOwner.signal()
    }
    thread.start()
    toOwner.wait()
  }

  /// Releases what `body` captures before the owner continues, because that can close a file.
  private func runBody() {
    let body = self.body
    self.body = nil
    body?()
  }

  /// Lets the worker make its call and continue to the next.
  func resume() {
    toWorker.signal()
    toOwner.wait()
  }

  /// Called by the worker: waits before a call.
  func pause(at point: SteppedExecutor.Point) {
    self.point = point
    toOwner.signal()
    toWorker.wait()
  }
}

/// The simulated disk as one process sees it.
final class SimulatedFileSystem: FileSystem, @unchecked Sendable {
  private let disk: SimulatedDisk
  private let adversary: Adversary
  private var descriptors: Set<Int32> = []
  fileprivate var baton: Baton?
  fileprivate var isKilled = false
  /// Whether a call that has succeeded may report a failure.
  var losesReplies = true

  init(_ disk: SimulatedDisk, _ adversary: Adversary) {
    self.disk = disk
    self.adversary = adversary
  }

  func open(_ path: String) throws(FileError) -> Int32 {
    try call(.open)
    return add(try disk.open(path))
  }

  func create(_ path: String) throws(FileError) -> Int32 {
    try call(.create)
    return add(try disk.create(path))
  }

  func close(_ descriptor: Int32) {
    guard descriptors.remove(descriptor) != nil else { return }
    disk.close(descriptor)
  }

  func lock(_ descriptor: Int32) throws(FileError) -> Bool {
    try call(.lock)
    return try disk.lock(descriptor)
  }

  func read(_ descriptor: Int32, upTo count: Int) throws(FileError) -> [UInt8] {
    try call(.read)
    return try disk.read(descriptor, upTo: count)
  }

  func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(FileError) {
    try call(.write)
    try disk.write(descriptor, bytes)
  }

  func synchronize(_ descriptor: Int32) throws(FileError) {
    try call(.synchronize)
    try disk.synchronize(descriptor)
    try loseReply()
  }

  func synchronizeFolder(_ path: String) throws(FileError) {
    try call(.synchronizeFolder)
    disk.synchronizeFolder()
    try loseReply()
  }

  func names(in folder: String) throws(FileError) -> [String] {
    try call(.list)
    return disk.fileNames(in: folder)
  }

  func isFile(_ descriptor: Int32, at path: String) throws(FileError) -> Bool {
    try call(.isFile)
    return try disk.isFile(descriptor, at: path)
  }

  func link(_ path: String, as newPath: String) throws(FileError) {
    try call(.link)
    try disk.link(path, as: newPath)
    try loseReply()
  }

  func pause() {}

  func remove(_ path: String) throws(FileError) {
    try call(.remove)
    try disk.remove(path)
  }

  /// The system closes all files of a process.
  fileprivate func closeAll() {
    for descriptor in descriptors { disk.close(descriptor) }
    descriptors = []
  }

  private func call(_ point: SteppedExecutor.Point) throws(FileError) {
    if !isKilled { baton?.pause(at: point) }
    if isKilled { throw FileError(code: EINTR) }
    guard disk.isFailing, point != .isFile, adversary.oneIn(2) else { return }
    throw FileError(code: EIO)
  }

  private func loseReply() throws(FileError) {
    if losesReplies, adversary.oneIn(8) { throw FileError(code: EIO) }
  }

  private func add(_ descriptor: Int32) -> Int32 {
    descriptors.insert(descriptor)
    return descriptor
  }
}
