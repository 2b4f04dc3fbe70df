import Foundation
import Snowflake
import TestSupport
import Testing
import UV

@testable import Reservations

/// A folder has records of one layout: two layouts can make the same ID.
struct FileLayoutTests {
  private let state: StoreFolder
  private let now = ClockReading.example.unixMilliseconds

  init() throws { state = try StoreFolder() }

  private func add(_ machineID: Int, _ layout: SnowflakeLayout, limit: Int64) throws {
    let record = ReservationRecord(
      layout: layout, machineID: machineID, reservation: Reservation(limit: limit), processID: 1,
      fileHost: "a")
    try Data(record.bytes).write(to: URL(fileURLWithPath: state.file(machineID)))
  }

  private func mismatch(_ machineID: Int, limit: Int64) -> StoreError {
    .otherLayout(
      LayoutMismatch(
        name: state.file(machineID), recorded: .default, limitUnixMilliseconds: limit,
        requested: .javascript, nowUnixMilliseconds: now))
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: state.folder.path).sorted() }
  }

  /// Its own record, or that of another machine ID, in or outside of the range of `auto`.
  @Test(arguments: [(5...5, 5), (4...4, 5), (4...6, 5), (4...4, 1000), (4...6, 1000)])
  func aRecordOfAnotherLayoutIsRefused(_ machineIDs: ClosedRange<Int>, _ other: Int) throws {
    try add(other, .default, limit: now - 1)
    let before = try names
    #expect(throws: mismatch(other, limit: now - 1)) {
      try state.makeStore().claim(machineIDs, layout: .javascript, on: state.loop)
    }
    #expect(try names == before)
  }

  /// `auto` does not go on to the next machine ID, even if that has a record of its own layout.
  @Test func autoEndsAtARecordOfAnotherLayout() throws {
    try add(5, .default, limit: now - 1)
    try add(6, .javascript, limit: now - 1)
    #expect(throws: mismatch(5, limit: now - 1)) {
      try state.makeStore().claim(5...6, layout: .javascript, on: state.loop)
    }
  }

  /// The process that has it will not make room: that it is in use is not the reason.
  @Test(arguments: [5...5, 5...6])
  func aHeldRecordOfAnotherLayoutIsRefused(_ machineIDs: ClosedRange<Int>) throws {
    let other = state.makeStore()
    _ = try other.claim(5...5, on: state.loop)
    #expect(other.renew(to: Reservation(limit: now + 5), on: state.loop) == nil)
    #expect(throws: mismatch(5, limit: now + 5)) {
      try state.makeStore().claim(machineIDs, layout: .javascript, on: state.loop)
    }
  }

  /// The move is judged by the greatest ID of all records.
  @Test(arguments: [1, 2, 3, 4])
  func theRecordWithTheGreatestIDIsNamed(_ machineID: Int) throws {
    try add(1, .default, limit: now - 20)
    try add(2, .default, limit: now - 10)
    try add(3, .default, limit: now - 30)
    #expect(throws: mismatch(2, limit: now - 10)) {
      try state.makeStore().claim(machineID...machineID, layout: .javascript, on: state.loop)
    }
  }

  /// A record that cannot be read is named, because it may allow greater IDs.
  @Test(arguments: [1, 3]) func anUnreadableRecordIsNamed(_ machineID: Int) throws {
    try add(1, .default, limit: now - 20)
    try state.folder.add("machine-2", "damaged")
    let error = #expect(throws: StoreError.self) {
      try state.makeStore().claim(machineID...machineID, layout: .javascript, on: state.loop)
    }
    guard case .otherLayout(let mismatch) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(mismatch.unreadableName == state.file(2))
  }

  /// A machine ID with IDs of its own starts as ever, without a look at the others.
  @Test func aKnownMachineIDLooksAtNoOther() throws {
    try add(4, .default, limit: now - 1)
    try add(5, .javascript, limit: now - 1)
    #expect(
      try state.makeStore().claim(5...5, layout: .javascript, on: state.loop).found.limit == now - 1
    )
  }

  /// Of two processes that create the first records at the same time, each sees that of the other;
  /// what it has created does not stay to refuse those that come later.
  @Test func anUnusedRecordIsRemoved() throws {
    try add(4, .default, limit: now - 1)
    try add(5, .javascript, limit: SnowflakeLayout.javascript.epochUnixMilliseconds)
    #expect(throws: mismatch(4, limit: now - 1)) {
      try state.makeStore().claim(5...5, layout: .javascript, on: state.loop)
    }
    #expect(try names == ["machine-4"])
    #expect(try state.makeStore().claim(6...6, on: state.loop).machineID == 6)
  }

  /// Two processes of different layouts start with an empty folder, and one of them may be killed:
  /// in whatever order they call the system, no two layouts have IDs, and it does not stay empty.
  @Test func firstClaimsAtTheSameTime() throws {
    var winners: [Int] = []
    for seed in 0..<400 as Range<UInt64> {
      let (disk, adversary) = (SimulatedDisk(.default), Adversary(seed: seed))
      let processes = [
        SimulatedProcess(.default, machineIDs: 1...1, toleranceMilliseconds: 0),
        SimulatedProcess(.javascript, machineIDs: 2...3, toleranceMilliseconds: 0),
      ]
      defer { for process in processes { process.kill() } }
      func start(_ process: SimulatedProcess) throws {
        try process.start(
          on: disk, adversary, bootID: ScriptedStore.bootID, clock: { .example }, { _ in })
      }
      for process in processes { try start(process) }
      while processes.contains(where: \.isBusy) {
        let process = processes[adversary.pick(0..<2)]
        process.step(losingReplies: false)
        if adversary.oneIn(100) { process.kill() }
      }
      // Those that were refused or killed start again, one after the other.
      for process in processes where process.isStopped {
        try start(process)
        while process.isBusy { process.step(losingReplies: false) }
      }
      let running = processes.indices.filter { processes[$0].source != nil }
      #expect(running.count == 1, "seed \(seed)")
      winners += running
    }
    #expect(Set(winners) == [0, 1])
  }

  /// Layouts with more machine IDs than the default are listed as well.
  @Test func listing() throws {
    try add(65_535, .sonyflake, limit: now)
    let layout = try SnowflakeLayout(
      timestampBits: 1, machineIDBits: 61, sequenceBits: 1, unitMilliseconds: 1000,
      epochUnixMilliseconds: now)
    try add(1 << 60, layout, limit: now)
    var answer: Result<[MachineSlot], StoreError>?
    state.makeStore().list { answer = $0 }
    state.loop.run()
    #expect(
      try #require(answer).get() == [
        MachineSlot(machineID: 65_535, state: .free, limit: now),
        MachineSlot(machineID: 1 << 60, state: .free, limit: now),
      ])
  }
}
