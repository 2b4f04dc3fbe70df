import Foundation
import Snowflake
import TestSupport
import Testing
import UV

@testable import Reservations

/// Which of several machine IDs of a folder a process claims.
struct FileSearchTests {
  private let state: StoreFolder

  init() throws { state = try StoreFolder() }

  /// One whose limit has passed is claimed at once. If there is none, the one whose limit passes
  /// first is claimed.
  @Test func autoTakesWhatIsPast() throws {
    for (machineID, limit) in [(5, 1400), (6, 1300)] as [(Int, Int64)] {
      let record = ReservationRecord(
        machineID: machineID, reservation: Reservation(limit: epoch + limit), processID: 1)
      try Data(record.bytes).write(to: URL(fileURLWithPath: state.file(machineID)))
    }
    func claim(_ now: Int64, _ machineIDs: ClosedRange<Int>) throws -> Int {
      try state.makeStore().claim(machineIDs, now: epoch + now, window: 500, on: state.loop)
        .machineID
    }
    #expect(try claim(1400, 5...7) == 5)
    #expect(try claim(1399, 5...7) == 6)
    #expect(try claim(1299, 5...7) == 7)
    #expect(try claim(1299, 5...6) == 6)
    let held = state.makeStore()
    _ = try held.claim(6...6, on: state.loop)
    #expect(try claim(1299, 5...6) == 5)
  }

  /// As many processes as there are machine IDs claim one each, although each tests all locks.
  @Test func simultaneousClaimsDoNotBlockEachOther() throws {
    for _ in 0..<20 {
      for machineID in 1...3 {
        let record = ReservationRecord(
          machineID: machineID,
          reservation: Reservation(limit: ClockReading.example.unixMilliseconds + 1000),
          processID: 1)
        try Data(record.bytes).write(to: URL(fileURLWithPath: state.file(machineID)))
      }
      var results: [Result<ReservationClaim, StartError>] = []
      let terms = ClaimTerms(
        layout: .default, machineIDs: 1...3, leaseWindowMilliseconds: 3000, clock: { .example },
        reserve: { .success($0.found) })
      let stores = (0..<3).map { _ in state.makeStore() }
      for store in stores { store.claim(terms) { results.append($0) } }
      state.loop.run()
      #expect(Set(results.compactMap { try? $0.get().machineID }) == [1, 2, 3])
    }
  }
}
