import Foundation
import Snowflake
import Testing
import UV

@testable import IDServer

/// Real files in a folder of the test's own. A lock belongs to an open file, so one process can be
/// two to it.
struct FileStoreTests {
  private let loop: Loop
  private let folder: TemporaryFolder

  init() throws {
    loop = try Loop()
    folder = try TemporaryFolder()
  }

  private func makeStore() -> FileStore { FileStore(loop: loop, directory: folder.path) }

  private func file(_ machineID: Int) -> String { "\(folder.path)/machine-\(machineID)" }

  // MARK: - Claiming

  @Test func newMachineIDBeginsAtZero() throws {
    #expect(try makeStore().claim(7...7).get() == ReservationClaim(machineID: 7, start: 0))
  }

  @Test(arguments: [0, 65_621_977_499, 2_199_023_255_552] as [Int64])
  func whoIsNextBeginsAtTheLimit(_ limit: Int64) throws {
    let first = makeStore()
    _ = try first.claim(7...7).get()
    #expect(first.extend(to: limit, on: loop) == nil)
    #expect(first.release(limit: limit, on: loop) == nil)
    #expect(try makeStore().claim(7...7).get() == ReservationClaim(machineID: 7, start: limit))
  }

  /// A process that is killed cuts nothing back; its lock goes with its open file.
  @Test func lockGoesWithTheProcess() throws {
    var first: FileStore? = makeStore()
    _ = try first?.claim(7...7).get()
    #expect(first?.extend(to: 1000, on: loop) == nil)
    #expect(throws: StoreError.held(machineID: 7, processID: Int(getpid()))) {
      try makeStore().claim(7...7).get()
    }
    first = nil
    #expect(try makeStore().claim(7...7).get().start == 1000)
  }

  /// The holder is not known before its first record.
  @Test func holderOfAnEmptyFileHasNoName() throws {
    let first = makeStore()
    _ = try first.claim(7...7).get()
    #expect(throws: StoreError.held(machineID: 7, processID: nil)) {
      try makeStore().claim(7...7).get()
    }
    #expect(first.release(limit: 0, on: loop) == nil)
  }

  @Test func otherMachineIDsAreFree() throws {
    let stores = (0..<5).map { _ in makeStore() }
    for (machineID, store) in stores.enumerated() {
      #expect(try store.claim(machineID...machineID).get().machineID == machineID)
    }
  }

  /// The lowest that is free, also when one in the middle becomes free again.
  @Test func autoTakesTheLowestFree() throws {
    let stores = (0..<4).map { _ in makeStore() }
    for (index, store) in stores.prefix(3).enumerated() {
      #expect(try store.claim(5...7).get().machineID == 5 + index)
    }
    #expect(throws: StoreError.noneFree(5...7)) { try stores[3].claim(5...7).get() }
    #expect(stores[1].release(limit: 1234, on: loop) == nil)
    #expect(try stores[3].claim(5...7).get() == ReservationClaim(machineID: 6, start: 1234))
  }

  /// Nothing is guessed at, not by going on to the next machine ID either.
  @Test(arguments: [6...6, 5...7])
  func whatCannotBeReadIsRefused(_ range: ClosedRange<Int>) throws {
    let other = makeStore()
    _ = try other.claim(5...5).get()
    try Data("limit 5".utf8).write(to: URL(fileURLWithPath: file(6)))
    let reason = "its length is not 256"
    #expect(throws: StoreError.unreadable(name: file(6), reason: reason)) {
      try makeStore().claim(range).get()
    }
    #expect(try String(contentsOfFile: file(6), encoding: .utf8) == "limit 5")
    #expect(other.release(limit: 0, on: loop) == nil)
  }

  @Test func whatIsTooLongIsRefused() throws {
    var bytes = ReservationRecord(machineID: 7, limit: 5, processID: 1).bytes
    bytes.append(0)
    try Data(bytes).write(to: URL(fileURLWithPath: file(7)))
    #expect(throws: StoreError.self) { try makeStore().claim(7...7).get() }
  }

  /// The record of another machine ID, as when a file has been copied.
  @Test func copyIsRefused() throws {
    let store = makeStore()
    _ = try store.claim(7...7).get()
    #expect(store.release(limit: 5, on: loop) == nil)
    try FileManager.default.copyItem(atPath: file(7), toPath: file(8))
    let reason = "its machine ID is not 8"
    #expect(throws: StoreError.unreadable(name: file(8), reason: reason)) {
      try makeStore().claim(8...8).get()
    }
  }

  @Test func folderMustBeThere() {
    let store = FileStore(loop: loop, directory: folder.path + "/nothing")
    let name = folder.path + "/nothing/machine-7"
    #expect(throws: StoreError.system(name: name, reason: "no such file or directory")) {
      try store.claim(7...7).get()
    }
  }

  // MARK: - Extending and releasing

  /// Whoever looks while the process runs sees the last limit that was made durable.
  @Test func recordIsWrittenInPlace() throws {
    let store = makeStore()
    _ = try store.claim(7...7).get()
    for limit in [1, 999_999_999_999, 5] as [Int64] {
      #expect(store.extend(to: limit, on: loop) == nil)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(7))))
      #expect(
        try ReservationRecord(bytes, machineID: 7)
          == ReservationRecord(machineID: 7, limit: limit, processID: Int(getpid())))
    }
  }

  @Test func withoutAClaimNothingIsWritten() throws {
    let store = makeStore()
    #expect(store.extend(to: 5, on: loop) != nil)
    _ = try store.claim(7...7).get()
    #expect(store.release(limit: 5, on: loop) == nil)
    #expect(store.extend(to: 6, on: loop) != nil)
    #expect(try makeStore().claim(7...7).get().start == 5)
  }

  /// What another process could make, and lock, in its place.
  enum Loss: CaseIterable { case deleted, moved, replaced, folderMoved }

  @Test(arguments: Loss.allCases)
  func fileThatIsGoneProtectsNothing(_ loss: Loss) throws {
    let store = makeStore()
    _ = try store.claim(7...7).get()
    #expect(store.extend(to: 5, on: loop) == nil)
    let files = FileManager.default
    switch loss {
    case .deleted: try files.removeItem(atPath: file(7))
    case .moved: try files.moveItem(atPath: file(7), toPath: file(8))
    case .replaced:
      try files.copyItem(atPath: file(7), toPath: file(8))
      #expect(unsafe rename(file(8), file(7)) == 0)
    case .folderMoved: try files.moveItem(atPath: folder.path, toPath: folder.path + "-2")
    }
    defer { if loss == .folderMoved { try? files.removeItem(atPath: folder.path + "-2") } }
    let error = store.extend(to: 6, on: loop)
    #expect(error == .lost(name: file(7)))
    #expect(store.release(limit: 6, on: loop) == error)
  }

  /// A source that starts and stops leaves no wait behind; one that is killed, a window.
  @Test func sourceOnRealFiles() throws {
    let now = ClockReading.example
    var configuration = Configuration(machineID: 3)
    configuration.clockToleranceMilliseconds = 0
    let store = makeStore()
    let source = try IDSource(configuration, store: store, at: now, wait: { loop.runOnce() })
    let last = try source.nextRun(upTo: 10, at: now).first
    #expect(throws: ServerError.self) {
      try IDSource(configuration, store: makeStore(), at: now, wait: { loop.runOnce() })
    }
    source.releaseReservation { #expect($0 == nil) }
    loop.run()
    let next = makeStore()
    #expect(try next.claim(3...3).get().start == last.timestamp + 1)
  }
}

/// A folder that goes with this object.
final class TemporaryFolder {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("idgen-tests-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension FileStore {
  fileprivate func claim(_ machineIDs: ClosedRange<Int>) -> Result<ReservationClaim, StoreError> {
    var answer = Result<ReservationClaim, StoreError>.failure(.noneFree(machineIDs))
    claim(machineIDs) { answer = $0 }
    return answer
  }

  /// Runs the loop until it is done.
  fileprivate func extend(to limit: Int64, on loop: Loop) -> StoreError? {
    var answer: StoreError? = .system(name: "no answer", reason: "")
    extend(to: limit) { answer = $0 }
    loop.run()
    return answer
  }

  /// The same.
  fileprivate func release(limit: Int64, on loop: Loop) -> StoreError? {
    var answer: StoreError? = .system(name: "no answer", reason: "")
    release(limit: limit) { answer = $0 }
    loop.run()
    return answer
  }
}
