import Foundation
import Snowflake
import Synchronization
import TestSupport
import Testing

struct SnowflakeGeneratorTests {
  /// 2026-01-29T12:19:34.499Z, the contract's example.
  static let someTime: Int64 = 1_769_689_174_499

  // MARK: - Machine IDs

  @Test(arguments: [0, 1, 512, 1023])
  func machineIDInRange(_ machineID: Int) throws {
    var generator = try SnowflakeGenerator(machineID: machineID)
    #expect(generator.machineID == machineID)
    #expect(try generator.next(at: Self.someTime).machineID == machineID)
  }

  @Test(arguments: [Int.min, -1024, -1, 1024, 1025, 65_536, Int.max])
  func machineIDOutOfRange(_ machineID: Int) {
    let error = #expect(throws: MachineIDError.self) {
      _ = try SnowflakeGenerator(machineID: machineID)
    }
    #expect(error?.machineID == machineID)
    #expect(error?.description == "machine ID \(machineID) is out of range: 0 to 1023 is allowed")
  }

  // MARK: - One call after another

  @Test func firstIDIsTheContractsExample() throws {
    var generator = try SnowflakeGenerator(machineID: 1)
    #expect(try generator.next(at: Self.someTime).rawValue == 275_238_510_129_057_792)
    #expect(try generator.next(at: Self.someTime).rawValue == 275_238_510_129_057_793)
    #expect(try generator.next(at: Self.someTime + 1).sequence == 0)
  }

  @Test(arguments: [
    SnowflakeLayout.default.epochUnixMilliseconds, someTime,
    SnowflakeLayout.default.lastUnixMilliseconds,
  ])
  func millisecondHasExactly4096(_ now: Int64) throws {
    var generator = try SnowflakeGenerator(machineID: 1023)
    for sequence in 0...4095 {
      let id = try generator.next(at: now)
      guard id.sequence == sequence, id.unixMilliseconds == now else {
        Issue.record("\(id) is not number \(sequence) of \(now)")
        return
      }
    }
    for _ in 0..<3 {
      #expect(throws: GeneratorError.sequenceExhausted(untilUnixMilliseconds: now + 1)) {
        try generator.next(at: now)
      }
    }
    guard now < SnowflakeLayout.default.lastUnixMilliseconds else { return }
    #expect(try generator.next(at: now + 1).sequence == 0)
  }

  static let refusals: [(Int64, GeneratorError)] = [
    (someTime - 1, .clockBehind(milliseconds: 1)),
    (someTime - 1000, .clockBehind(milliseconds: 1000)),
    (1_704_067_200_000, .clockBehind(milliseconds: 65_621_974_499)),
    (
      1_704_067_199_999,
      .clockBeforeEpoch(unixMilliseconds: 1_704_067_199_999, epochUnixMilliseconds: epoch)
    ),
    (0, .clockBeforeEpoch(unixMilliseconds: 0, epochUnixMilliseconds: epoch)),
    (-1, .clockBeforeEpoch(unixMilliseconds: -1, epochUnixMilliseconds: epoch)),
    (.min, .clockBeforeEpoch(unixMilliseconds: .min, epochUnixMilliseconds: epoch)),
    (
      3_903_090_455_552,
      .clockPastMaximum(
        unixMilliseconds: 3_903_090_455_552,
        lastUnixMilliseconds: SnowflakeLayout.default.lastUnixMilliseconds)
    ),
    (
      .max,
      .clockPastMaximum(
        unixMilliseconds: .max, lastUnixMilliseconds: SnowflakeLayout.default.lastUnixMilliseconds)
    ),
  ]

  /// What comes after a refusal is what would have come without it.
  @Test(arguments: refusals)
  func refusalChangesNothing(_ now: Int64, _ expected: GeneratorError) throws {
    var generator = try SnowflakeGenerator(machineID: 5)
    var undisturbed = try SnowflakeGenerator(machineID: 5)
    _ = try generator.next(at: Self.someTime)
    _ = try undisturbed.next(at: Self.someTime)
    for later in [Self.someTime, Self.someTime, Self.someTime + 7] {
      #expect(throws: expected) { try generator.next(at: now) }
      #expect(try generator.next(at: later) == undisturbed.next(at: later))
      guard later == Self.someTime else { break }
    }
  }

  @Test(arguments: refusals.filter { $0.0 < 1_704_067_200_000 || $0.0 > 3_903_090_455_551 })
  func firstCallCanBeRefused(_ now: Int64, _ expected: GeneratorError) throws {
    var generator = try SnowflakeGenerator(machineID: 0)
    #expect(throws: expected) { try generator.next(at: now) }
    #expect(try generator.next(at: SnowflakeLayout.default.epochUnixMilliseconds).rawValue == 0)
  }

  @Test func lastIDOfAll() throws {
    var generator = try SnowflakeGenerator(machineID: 1023)
    var last: SnowflakeID?
    for _ in 0...4095 {
      last = try generator.next(at: SnowflakeLayout.default.lastUnixMilliseconds)
    }
    #expect(last?.rawValue == UInt64(Int64.max))
  }

  // MARK: - Runs

  @Test(arguments: [
    (Int.min, 1), (0, 1), (1, 1), (2, 2), (4095, 4095), (4096, 4096), (4097, 4096), (.max, 4096),
  ])
  func runCount(_ count: Int, _ expected: Int) throws {
    var generator = try SnowflakeGenerator(machineID: 1)
    let run = try generator.nextRun(upTo: count, at: Self.someTime)
    #expect(run.count == expected)
    let ids = Array(run)
    #expect(ids.map(\.sequence) == Array(0..<expected))
    #expect(ids.allSatisfy { $0.machineID == 1 && $0.unixMilliseconds == Self.someTime })
  }

  @Test func runsFollowOneAnother() throws {
    var generator = try SnowflakeGenerator(machineID: 1)
    #expect(try generator.nextRun(upTo: 4000, at: Self.someTime).first.sequence == 0)
    #expect(try generator.next(at: Self.someTime).sequence == 4000)
    let rest = try generator.nextRun(upTo: 4000, at: Self.someTime)
    #expect(rest.first.sequence == 4001)
    #expect(rest.count == 95)
    #expect(throws: GeneratorError.sequenceExhausted(untilUnixMilliseconds: Self.someTime + 1)) {
      try generator.nextRun(upTo: 1, at: Self.someTime)
    }
    #expect(try generator.nextRun(upTo: 2, at: Self.someTime + 1).first.sequence == 0)
    #expect(throws: GeneratorError.clockBehind(milliseconds: 1)) {
      try generator.nextRun(upTo: 2, at: Self.someTime)
    }
    #expect(try generator.next(at: Self.someTime + 1).sequence == 2)
  }

  // MARK: - Limits

  /// The range of timestamps, what it is cut to, and which times it refuses.
  @Test func timestampsStayInTheirRange() throws {
    var generator = try SnowflakeGenerator(machineID: 1, times: Self.someTime..<Self.someTime + 2)
    #expect(throws: GeneratorError.clockBehind(milliseconds: 1)) {
      try generator.next(at: Self.someTime - 2)
    }
    #expect(try generator.next(at: Self.someTime).unixMilliseconds == Self.someTime)
    #expect(try generator.next(at: Self.someTime + 1).sequence == 0)
    for later in [2, 3, 1_000_000] as [Int64] {
      let limit = GeneratorError.limitReached(unixMilliseconds: Self.someTime + 2)
      #expect(throws: limit) { try generator.next(at: Self.someTime + later) }
      #expect(throws: limit) { try generator.check(at: Self.someTime + later) }
    }
    // The millisecond before the limit still has its 4096.
    #expect(try generator.nextRun(upTo: 4096, at: Self.someTime + 1).count == 4095)
  }

  @Test func limitMovesOnAndNeverBack() throws {
    let time = Self.someTime
    var generator = try SnowflakeGenerator(machineID: 1, times: time..<time)
    #expect(generator.lastUnixMilliseconds == time - 1)
    #expect(throws: GeneratorError.limitReached(unixMilliseconds: Self.someTime)) {
      try generator.next(at: Self.someTime)
    }
    for (limit, expected) in [
      (time + 1, time + 1), (time, time + 1), (.min, time + 1),
      (.max, SnowflakeLayout.default.lastUnixMilliseconds + 1),
    ] as [(Int64, Int64)] {
      generator.extend(to: limit)
      #expect(generator.limitUnixMilliseconds == expected)
      #expect(try generator.nextRun(upTo: 1, at: time).first.unixMilliseconds == time)
    }
  }

  @Test(
    arguments: [
      (epoch - 5..<epoch + 10, 0, 10), (.min..<(.max), 0, 1 << 41),
      (epoch + 1 << 41..<(.max), 1 << 41, 1 << 41), (0..<epoch, 0, 0),
    ] as [(Range<Int64>, Int64, Int64)])
  func rangeIsCutToTheIDSpace(_ range: Range<Int64>, _ start: Int64, _ limit: Int64) throws {
    let generator = try SnowflakeGenerator(machineID: 1, times: range)
    #expect(generator.nextUnixMilliseconds == epoch + start)
    #expect(generator.limitUnixMilliseconds == epoch + limit)
  }

  // MARK: - Tolerance

  /// On the last timestamp, up to its 4096, and no further behind than that.
  @Test(arguments: [1, 10, 60_000] as [Int64])
  func toleratesAClockThatIsBehind(_ tolerance: Int64) throws {
    var generator = try SnowflakeGenerator(machineID: 1, clockToleranceMilliseconds: tolerance)
    _ = try generator.next(at: Self.someTime)
    let id = try generator.next(at: Self.someTime - tolerance)
    #expect(id.unixMilliseconds == Self.someTime)
    #expect(id.sequence == 1)
    #expect(throws: GeneratorError.clockBehind(milliseconds: tolerance + 1)) {
      try generator.next(at: Self.someTime - tolerance - 1)
    }
    #expect(try generator.nextRun(upTo: 4096, at: Self.someTime - tolerance).count == 4094)
    #expect(throws: GeneratorError.sequenceExhausted(untilUnixMilliseconds: Self.someTime + 1)) {
      try generator.next(at: Self.someTime - tolerance)
    }
    #expect(try generator.next(at: Self.someTime + 1).sequence == 0)
  }

  /// The timestamp before the start is somebody else's.
  @Test func toleranceEndsAtTheStart() throws {
    var generator = try SnowflakeGenerator(
      machineID: 1, times: Self.someTime..<Self.someTime + 1000, clockToleranceMilliseconds: 10)
    for early in [1, 5, 11] as [Int64] {
      #expect(throws: GeneratorError.sequenceExhausted(untilUnixMilliseconds: Self.someTime)) {
        try generator.next(at: Self.someTime - early)
      }
    }
    #expect(throws: GeneratorError.clockBehind(milliseconds: 11)) {
      try generator.next(at: Self.someTime - 12)
    }
    #expect(try generator.next(at: Self.someTime).sequence == 0)
  }

  // MARK: - The wall clock

  /// More than two milliseconds can give, so it must have waited twice at least.
  @Test func nextWaitsForTheNextMillisecond() throws {
    var generator = try SnowflakeGenerator(machineID: 1)
    var ids: [SnowflakeID] = []
    for _ in 0..<10_000 { ids.append(try generator.next()) }
    #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
    #expect(Set(ids).count == 10_000)
    #expect(try #require(ids.last).timestamp - ids[0].timestamp >= 2)
  }

  @Test func nextReadsTheWallClock() throws {
    var generator = try SnowflakeGenerator(machineID: 1)
    let before = Int64(Date().timeIntervalSince1970 * 1000) - 1
    let id = try generator.next()
    let after = Int64(Date().timeIntervalSince1970 * 1000) + 1
    #expect(before...after ~= id.unixMilliseconds)
  }

  /// As the README has it: a `Mutex` is all that threads need to share one.
  @Test func threadsShareOne() throws {
    let shared = try Shared(machineID: 1)
    let done = DispatchGroup()
    for _ in 0..<4 {
      done.enter()
      Thread.detachNewThread {
        shared.makeIDs(count: 5000)
        done.leave()
      }
    }
    done.wait()
    let batches = shared.batches.withLock { $0 }
    #expect(batches.map(\.count) == [5000, 5000, 5000, 5000])
    for batch in batches { #expect(zip(batch, batch.dropFirst()).allSatisfy(<)) }
    #expect(Set(batches.joined()).count == 20_000)
  }

  private final class Shared: Sendable {
    let generator: Mutex<SnowflakeGenerator>
    let batches = Mutex<[[SnowflakeID]]>([])

    init(machineID: Int) throws {
      generator = Mutex(try SnowflakeGenerator(machineID: machineID))
    }

    /// Fewer than `count` are kept if one cannot be made.
    func makeIDs(count: Int) {
      var batch: [SnowflakeID] = []
      while batch.count < count {
        guard let id = try? generator.withLock({ try $0.next() }) else { break }
        batch.append(id)
      }
      batches.withLock { $0.append(batch) }
    }
  }
}
