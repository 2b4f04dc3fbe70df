import Foundation
import Snowflake
import TestSupport
import Testing
import UV

@testable import Reservations

/// A store on real files. A lock belongs to an open file, so two stores of one process exclude each
/// other like two processes.
struct FileStoreTests {
  private let state: StoreFolder

  init() throws { state = try StoreFolder() }

  // MARK: - Claiming

  @Test func newMachineIDBeginsAtTheEpoch() throws {
    #expect(
      try state.makeStore().claim(7...7, on: state.loop)
        == ReservationClaim(machineID: 7, found: .none))
  }

  @Test(arguments: [0, 65_621_977_499, 2_199_023_255_552] as [Int64])
  func theNextOwnerBeginsAtTheLimit(_ limit: Int64) throws {
    let first = state.makeStore()
    _ = try first.claim(7...7, on: state.loop)
    #expect(first.renew(to: Reservation(limit: epoch + limit), on: state.loop) == nil)
    #expect(first.release(Reservation(limit: epoch + limit), on: state.loop) == nil)
    #expect(
      try state.makeStore().claim(7...7, on: state.loop)
        == ReservationClaim(machineID: 7, found: Reservation(limit: epoch + limit)))
  }

  /// A killed process does not lower its limit, and the kernel releases its lock with the open
  /// file.
  @Test func lockEndsWithTheProcess() throws {
    var first: FileStore? = state.makeStore()
    _ = try first?.claim(7...7, on: state.loop)
    #expect(first?.renew(to: Reservation(limit: epoch + 1000), on: state.loop) == nil)
    #expect(throws: StoreError.held(machineID: 7, by: StoreFolder.thisProcess)) {
      try state.makeStore().claim(7...7, on: state.loop)
    }
    first = nil
    #expect(try state.makeStore().claim(7...7, on: state.loop).found.limit == epoch + 1000)
  }

  /// The owner is named from the start, because the file never appears in part.
  @Test func ownerOfANewFileIsNamed() throws {
    let first = state.makeStore()
    _ = try first.claim(7...7, on: state.loop)
    #expect(throws: StoreError.held(machineID: 7, by: StoreFolder.thisProcess)) {
      try state.makeStore().claim(7...7, on: state.loop)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.folder.path) == ["machine-7"])
  }

  @Test func otherMachineIDsAreFree() throws {
    let stores = (0..<5).map { _ in state.makeStore() }
    for (machineID, store) in stores.enumerated() {
      #expect(try store.claim(machineID...machineID, on: state.loop).machineID == machineID)
    }
  }

  /// The lowest free machine ID, also after one in the middle has been released.
  @Test func autoTakesTheLowestFree() throws {
    let stores = (0..<4).map { _ in state.makeStore() }
    for (index, store) in stores.prefix(3).enumerated() {
      #expect(try store.claim(5...7, on: state.loop).machineID == 5 + index)
    }
    #expect(throws: StoreError.noneFree(5...7)) { try stores[3].claim(5...7, on: state.loop) }
    #expect(stores[1].release(Reservation(limit: epoch + 1234), on: state.loop) == nil)
    #expect(
      try stores[3].claim(5...7, on: state.loop)
        == ReservationClaim(machineID: 6, found: Reservation(limit: epoch + 1234)))
  }

  /// A file is a complete record, or it is refused.
  @Test(arguments: [0, 1, 255, 257])
  func incompleteFileIsRefused(_ byteCount: Int) throws {
    let record = ReservationRecord(
      machineID: 6, reservation: Reservation(limit: epoch + 5), processID: 1)
    let data = Data((record.bytes + [0]).prefix(byteCount))
    try data.write(to: URL(fileURLWithPath: state.file(6)))
    let reason = "its length is not 256"
    #expect(throws: StoreError.unreadable(name: state.file(6), reason: reason)) {
      try state.makeStore().claim(6...6, on: state.loop)
    }
    // Not `Data(contentsOf:)`, which leaks if a file is empty.
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: state.file(6)))
    #expect((try handle.readToEnd() ?? Data()) == data)
  }

  /// Why a machine ID cannot be claimed.
  enum Obstacle: CaseIterable { case damaged, empty, folder, ahead, dangling }

  /// `auto` passes over it, and reports why. If it is the only one requested, the store refuses it,
  /// except for a limit ahead, which the source checks.
  @Test(arguments: Obstacle.allCases)
  func autoPassesOver(_ obstacle: Obstacle) throws {
    let path = state.file(5)
    let url = URL(fileURLWithPath: path)
    switch obstacle {
    case .damaged: try Data(repeating: 0, count: 256).write(to: url)
    case .empty: try Data().write(to: url)
    case .folder:
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    case .ahead:
      let record = ReservationRecord(
        machineID: 5, reservation: Reservation(limit: epoch + 1001), processID: 1)
      try Data(record.bytes).write(to: url)
    case .dangling:
      try FileManager.default.createSymbolicLink(
        atPath: path, withDestinationPath: "/nonexistent/state")
    }
    let other = state.makeStore()
    _ = try other.claim(6...6, on: state.loop)
    let claim = try state.makeStore().claim(5...9, now: epoch + 500, window: 500, on: state.loop)
    #expect(claim.machineID == 7)
    #expect(claim.passedOver.count == 1)
    #expect("\(claim.passedOver)".contains(path))
    if obstacle == .ahead {
      #expect(try state.makeStore().claim(5...5, on: state.loop).found.limit == epoch + 1001)
    } else {
      #expect(throws: claim.passedOver[0]) { try state.makeStore().claim(5...5, on: state.loop) }
    }
    // If another process has the rest, it may end; if not, the obstacle is the reason.
    #expect(throws: StoreError.noneFree(5...6, passedOver: claim.passedOver)) {
      try state.makeStore().claim(5...6, now: epoch + 500, window: 500, on: state.loop)
    }
    #expect(other.release(Reservation(limit: epoch + 2000), on: state.loop) == nil)
    #expect(throws: claim.passedOver[0]) {
      try state.makeStore().claim(5...6, now: epoch + 500, window: 500, on: state.loop)
    }
  }

  /// A claim contains the clocks in other records, because a new machine ID has no record.
  @Test func claimHasTheClocksOfOthers() throws {
    let reservation = ReservationRecordTests.example.reservation
    let held = state.makeStore()
    _ = try held.claim(5...5, on: state.loop)
    #expect(held.renew(to: reservation, on: state.loop) == nil)
    let claim = try state.makeStore().claim(5...6, on: state.loop)
    #expect(claim.machineID == 6)
    #expect(claim.otherClocks == [ReservationRecordTests.clock])
    #expect(try state.makeStore().claim(7...7, on: state.loop).otherClocks == [])
  }

  /// The clock is recorded with the limit.
  @Test func clockIsRecorded() throws {
    let reservation = ReservationRecordTests.example.reservation
    let store = state.makeStore()
    _ = try store.claim(7...7, on: state.loop)
    #expect(store.release(reservation, on: state.loop) == nil)
    #expect(try state.makeStore().claim(7...7, on: state.loop).found == reservation)
  }

  /// Many stores create the same file at once; exactly one of them owns it.
  @Test func oneOfManyClaimsANewMachineID() throws {
    for machineID in 0..<20 {
      let stores = (0..<4).map { _ in state.makeStore() }
      var results: [Result<ReservationClaim, StartError>] = []
      let terms = ClaimTerms(
        layout: .default, machineIDs: machineID...machineID, leaseWindowMilliseconds: 3000,
        clock: { .example },
        reserve: { .success($0.found) })
      for store in stores { store.claim(terms) { results.append($0) } }
      state.loop.run()
      #expect(results.count { (try? $0.get()) != nil } == 1)
      #expect(results.count == 4)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.folder.path).count == 20)
  }

  /// The record of another machine ID, as after a file was copied.
  @Test func copyIsRefused() throws {
    let store = state.makeStore()
    _ = try store.claim(7...7, on: state.loop)
    #expect(store.release(Reservation(limit: epoch + 5), on: state.loop) == nil)
    try FileManager.default.copyItem(atPath: state.file(7), toPath: state.file(8))
    let reason = "its machine ID is not 8"
    #expect(throws: StoreError.unreadable(name: state.file(8), reason: reason)) {
      try state.makeStore().claim(8...8, on: state.loop)
    }
  }

  @Test(arguments: [("nothing", ENOENT), ("file", ENOTDIR)])
  func folderMustBeThere(_ name: String, _ code: Int32) throws {
    try state.folder.add("file")
    let directory = state.folder.path(name)
    let store = FileStore(directory: directory, executor: ThreadPoolExecutor(loop: state.loop))
    let error = FileError(code: code)
      .storeError(name: directory + "/machine-7", directory: directory)
    #expect(throws: error) { try store.claim(7...7, on: state.loop) }
  }

  // MARK: - Renewing and releasing

  /// While the process runs, the file contains the last durable limit.
  @Test func recordIsWrittenInPlace() throws {
    let store = state.makeStore()
    _ = try store.claim(7...7, on: state.loop)
    for limit in [1, 999_999_999_999, 5] as [Int64] {
      #expect(store.renew(to: Reservation(limit: epoch + limit), on: state.loop) == nil)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: state.file(7))))
      #expect(
        try ReservationRecord(bytes, machineID: 7)
          == ReservationRecord(
            machineID: 7, reservation: Reservation(limit: epoch + limit), processID: Int(getpid()),
            fileHost: HostName.current()))
    }
  }

  @Test func withoutAClaimNothingIsWritten() throws {
    let store = state.makeStore()
    #expect(store.renew(to: Reservation(limit: epoch + 5), on: state.loop) != nil)
    _ = try store.claim(7...7, on: state.loop)
    #expect(store.release(Reservation(limit: epoch + 5), on: state.loop) == nil)
    #expect(store.renew(to: Reservation(limit: epoch + 6), on: state.loop) != nil)
    #expect(try state.makeStore().claim(7...7, on: state.loop).found.limit == epoch + 5)
  }

  /// Ways to lose the file: another process could then create and lock a new one.
  enum Loss: CaseIterable { case deleted, moved, replaced, folderMoved }

  @Test(arguments: Loss.allCases)
  func lostFileIsDetected(_ loss: Loss) throws {
    let store = state.makeStore()
    _ = try store.claim(7...7, on: state.loop)
    #expect(store.renew(to: Reservation(limit: epoch + 5), on: state.loop) == nil)
    let files = FileManager.default
    switch loss {
    case .deleted: try files.removeItem(atPath: state.file(7))
    case .moved: try files.moveItem(atPath: state.file(7), toPath: state.file(8))
    case .replaced:
      try files.copyItem(atPath: state.file(7), toPath: state.file(8))
      #expect(unsafe rename(state.file(8), state.file(7)) == 0)
    case .folderMoved:
      try files.moveItem(atPath: state.folder.path, toPath: state.folder.path + "-2")
    }
    defer { if loss == .folderMoved { try? files.removeItem(atPath: state.folder.path + "-2") } }
    let error = store.renew(to: Reservation(limit: epoch + 6), on: state.loop)
    #expect(error == .lost(name: state.file(7)))
    #expect(store.release(Reservation(limit: epoch + 6), on: state.loop) == error)
  }

  /// After a clean stop, the next source need not wait; after a crash, for one lease window at
  /// most.
  @Test func sourceOnRealFiles() throws {
    let now = ClockReading.example
    var configuration = IDConfiguration(machineID: 3)
    configuration.clockToleranceMilliseconds = 0
    func start() throws -> IDSource {
      let source = try IDSource(configuration, store: state.makeStore(), bootID: nil)
      var result: IDSource.StartResult?
      source.start(clock: { now }, { result = $0 })
      state.loop.run()
      _ = try #require(result).get()
      return source
    }
    let source = try start()
    let last = try source.nextRun(upTo: 10, at: now).first
    #expect(throws: StartError.self) { try start() }
    source.releaseReservation { #expect($0 == nil) }
    state.loop.run()
    #expect(
      try state.makeStore().claim(3...3, on: state.loop).found.limit == last.unixMilliseconds + 1)
  }
}
