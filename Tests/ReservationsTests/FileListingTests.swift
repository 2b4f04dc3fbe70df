import Foundation
import Synchronization
import TestSupport
import Testing
import UV

@testable import Reservations

/// Listing the machine IDs of a folder, which must not disturb processes that claim them.
struct FileListingTests {
  private let state: StoreFolder

  init() throws { state = try StoreFolder() }

  private func list() throws -> [MachineSlot] {
    var answer: Result<[MachineSlot], StoreError>?
    state.makeStore().list { answer = $0 }
    state.loop.run()
    return try #require(answer).get()
  }

  @Test func nothingIsMadeOrListedBeforeTheFirstClaim() throws {
    #expect(try list() == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.folder.path) == [])
  }

  /// Sorted by machine ID. The lock decides whether one is held, not the limit.
  @Test func heldAndFree() throws {
    let stores = [10, 9, 1023].map { ($0, state.makeStore()) }
    for (machineID, store) in stores { _ = try store.claim(machineID...machineID, on: state.loop) }
    #expect(stores[0].1.renew(to: Reservation(limit: epoch + 5), on: state.loop) == nil)
    #expect(
      stores[1].1.renew(to: Reservation(limit: epoch + 2_000_000_000_000), on: state.loop) == nil)
    #expect(stores[2].1.release(Reservation(limit: epoch + 7), on: state.loop) == nil)
    for name in ["machine--1", "machine-", "machine-01", "machine-2.5a.new", "notes"] {
      try state.folder.add(name)
    }
    let owner = ReservationOwner(
      host: String(HostName.current().prefix(32)), processID: Int(getpid()))
    #expect(
      try list() == [
        MachineSlot(machineID: 9, state: .held, owner: owner, limit: epoch + 2_000_000_000_000),
        MachineSlot(machineID: 10, state: .held, owner: owner, limit: epoch + 5),
        MachineSlot(machineID: 1023, state: .free, limit: epoch + 7),
      ])
    // The listing has released no lock.
    #expect(throws: StoreError.held(machineID: 9, by: StoreFolder.thisProcess)) {
      try state.makeStore().claim(9...9, on: state.loop)
    }
  }

  /// A file that is not a record is listed with the reason, and a pipe does not block the listing.
  @Test func unreadable() throws {
    try state.folder.add("machine-3")
    try state.folder.add("machine-4", String(repeating: " ", count: 256))
    try FileManager.default.createDirectory(
      atPath: state.file(5), withIntermediateDirectories: false)
    try #require(unsafe mkfifo(state.file(6), 0o600) == 0)
    let reasons: [(machineID: Int, error: StoreError)] = [
      (3, .unreadable(name: state.file(3), reason: "its length is not 256")),
      (4, .unreadable(name: state.file(4), reason: "its line 1 is not `idgen-reservation …`")),
      (5, .system(name: state.file(5), reason: "illegal operation on a directory")),
      (6, .system(name: state.file(6), reason: "invalid seek")),
    ]
    #expect(
      try list()
        == reasons.map { MachineSlot(machineID: $0.machineID, state: .unreadable($0.error)) })
  }

  @Test(arguments: [("nothing", ENOENT), ("file", ENOTDIR)])
  func folderMustBeThere(_ name: String, _ code: Int32) throws {
    try state.folder.add("file")
    let directory = state.folder.path(name)
    let store = FileStore(directory: directory, executor: ThreadPoolExecutor(loop: state.loop))
    var answer: Result<[MachineSlot], StoreError>?
    store.list { answer = $0 }
    state.loop.run()
    let error = FileError(code: code).storeError(name: directory, directory: directory)
    #expect(answer == .failure(error))
  }

  // MARK: - Listing while processes start

  /// While another process tests the lock, a claim tries again. It reports that the machine ID is
  /// held only if an owner has locked it.
  @Test func aClaimOutlastsAListing() throws {
    #expect(try state.makeStore().claim(7...7, on: state.loop).machineID == 7)
    let look = unsafe open(state.file(7), O_RDONLY | O_CLOEXEC)
    try #require(flock(look, LOCK_SH | LOCK_NB) == 0)
    let end = try Timer(loop: state.loop)
    end.start(afterMilliseconds: 20) {
      close(look)
      end.close()
    }
    #expect(try state.makeStore().claim(7...7, on: state.loop).machineID == 7)
  }

  /// Many claims, one after another, while another thread lists all the time, and is preempted
  /// within half of its listings: each claim succeeds, and its process is listed as the owner while
  /// it lasts.
  @Test func startsBesideAListing() throws {
    #expect(try state.makeStore().claim(7...7, on: state.loop).machineID == 7)
    let look = unsafe open(state.file(7), O_RDONLY | O_CLOEXEC)
    defer { close(look) }
    let listing = FileListing(directory: state.folder.path)
    let looking = Looking()
    DispatchQueue.global().async {
      while !looking.isDone.load(ordering: .relaxed) {
        if flock(look, LOCK_SH | LOCK_NB) == 0 { looking.count.add(1, ordering: .relaxed) }
        _ = listing.slots()
        _ = flock(look, LOCK_UN)
        _ = listing.slots()
      }
      looking.end.signal()
    }
    defer {
      looking.isDone.store(true, ordering: .relaxed)
      looking.end.wait()
    }
    for limit in 1...30 as ClosedRange<Int64> {
      // The file is not locked, so a listing locks it, and the claim falls within that.
      let count = looking.count.load(ordering: .relaxed)
      for _ in 0..<100_000 where looking.count.load(ordering: .relaxed) == count { usleep(100) }
      let store = state.makeStore()
      #expect(throws: Never.self) { try store.claim(7...7, on: state.loop) }
      #expect(try list().map(\.state) == [.held])
      #expect(throws: StoreError.held(machineID: 7, by: StoreFolder.thisProcess)) {
        try state.makeStore().claim(7...7, on: state.loop)
      }
      #expect(store.release(Reservation(limit: epoch + limit), on: state.loop) == nil)
    }
    #expect(looking.count.load(ordering: .relaxed) >= 30)
  }

  private final class Looking: Sendable {
    let isDone = Atomic(false)
    let count = Atomic(0)
    let end = DispatchSemaphore(value: 0)
  }
}
