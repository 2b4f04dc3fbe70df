import Snowflake
import TestSupport
import Testing

/// The first and the last of everything, in any layout.
struct LayoutLimitTests {
  static let layouts = SnowflakeLayoutTests.randomLayouts + SnowflakeLayout.presets.map(\.layout)

  @Test func idsReachTheMaximumAndNotBeyond() throws {
    for layout in Self.layouts {
      let maximum = layout.maximumID
      let parts = try #require(layout.parts(of: maximum))
      #expect(parts.timestamp == layout.maximumTimestamp)
      #expect(parts.machineID == layout.maximumMachineID)
      #expect(parts.sequence == layout.maximumSequence)
      #expect(parts.unixMilliseconds == layout.naiveEnd - layout.unitMilliseconds)
      #expect(layout.lastUnixMilliseconds == layout.naiveEnd - 1)
      #expect(layout.lastTime.year <= 9999)
      if let beyond = SnowflakeID(rawValue: maximum.rawValue + 1) {
        #expect(layout.parts(of: beyond) == nil)
      }
      #expect(layout.parts(of: try #require(SnowflakeID(rawValue: 0)))?.timestamp == 0)
    }
  }

  /// At both ends of time and of the machine IDs, the generator makes what the layout allows, and
  /// refuses the rest.
  @Test func generatorKeepsToTheLimits() throws {
    for layout in Self.layouts {
      let (epoch, last) = (layout.epochUnixMilliseconds, layout.naiveEnd - 1)
      for machineID in [-1, layout.maximumMachineID + 1, .min, .max] {
        let error = #expect(throws: MachineIDError.self) {
          _ = try SnowflakeGenerator(machineID: machineID, layout: layout)
        }
        #expect(error?.maximum == layout.maximumMachineID)
      }
      for machineID in [0, layout.maximumMachineID] {
        var generator = try SnowflakeGenerator(machineID: machineID, layout: layout)
        let early = GeneratorError.clockBeforeEpoch(
          unixMilliseconds: epoch - 1, epochUnixMilliseconds: epoch)
        let late = GeneratorError.clockPastMaximum(
          unixMilliseconds: last + 1, lastUnixMilliseconds: last)
        #expect(throws: early) { try generator.next(at: epoch - 1) }
        #expect(throws: late) { try generator.next(at: last + 1) }
        let first = layout.joined(timestamp: 0, machineID: UInt64(machineID), sequence: 0)
        #expect(try generator.next(at: epoch).rawValue == first)
        #expect(throws: late) { try generator.next(at: last + 1) }
        let run = try SnowflakeIDRun.ofAll(at: last, &generator)
        let parts = try #require(try layout.parts(of: run.lastID))
        #expect(parts.timestamp == layout.maximumTimestamp)
        #expect(parts.machineID == machineID)
        #expect(parts.sequence == layout.maximumSequence)
      }
    }
  }

  /// A timestamp that is used up never carries into the fields above the sequence: there is an
  /// error until the next timestamp, which has all its IDs, of the same machine.
  @Test(arguments: SequenceStart.allCases)
  func sequenceNeverCarries(_ start: SequenceStart) throws {
    for layout in Self.layouts where layout.maximumTimestamp >= 2 {
      for machineID in [0, layout.maximumMachineID / 2, layout.maximumMachineID] {
        var generator = try SnowflakeGenerator(
          machineID: machineID, layout: layout, sequenceStart: start)
        for timestamp in 0..<2 as Range<Int64> {
          let time = layout.epochUnixMilliseconds + timestamp * layout.unitMilliseconds
          let run = try SnowflakeIDRun.ofAll(at: time, &generator)
          let (first, last) = (layout.parts(of: run.first), try layout.parts(of: run.lastID))
          #expect(run.count == layout.maximumSequence + 1)
          #expect(first?.timestamp == timestamp && last?.timestamp == timestamp)
          #expect(first?.machineID == machineID && last?.machineID == machineID)
          #expect(first?.sequence == 0 && last?.sequence == layout.maximumSequence)
          let next = time + layout.unitMilliseconds
          let error = GeneratorError.sequenceExhausted(untilUnixMilliseconds: next)
          #expect(throws: error) { try generator.next(at: time) }
          #expect(throws: error) { try generator.next(at: next - 1) }
        }
      }
    }
  }

  @Test(
    arguments: [
      (12, 1, 4_096_000), (6, 1, 64_000), (8, 10, 25_600), (1, 1000, 2), (1, 3, 666),
      (61, 1000, 1 << 61), (61, 251, 9_186_625_534_715_912_159), (61, 250, .max), (61, 1, .max),
    ] as [(Int, Int64, Int)])
  func idsPerSecond(_ sequenceBits: Int, _ unit: Int64, _ expected: Int) throws {
    let layout = try SnowflakeLayout(
      timestampBits: 1, machineIDBits: 1, sequenceBits: sequenceBits, unitMilliseconds: unit,
      epochUnixMilliseconds: 0)
    #expect(layout.idsPerSecond == expected)
  }

  /// The year 9999 is the last that RFC 3339 can express, and no unit reaches beyond it.
  @Test(
    arguments: [
      (0, 1, "9999-12-31T23:59:59.999Z"), (1, 1000, "9999-12-31T23:59:59.000Z"),
      (999, 1000, "9999-12-31T23:59:59.998Z"),
      (253_402_300_799_000, 1000, "9999-12-31T23:59:59.999Z"),
      (253_402_300_799_000, 7, "9999-12-31T23:59:59.993Z"),
    ] as [(Int64, Int64, String)])
  func timeEndsWithTheYear9999(_ epoch: Int64, _ unit: Int64, _ expected: String) throws {
    let layout = try SnowflakeLayout(
      timestampBits: 61, machineIDBits: 1, sequenceBits: 1, unitMilliseconds: unit,
      epochUnixMilliseconds: epoch)
    #expect(layout.lastTime.description == expected)
  }

  // MARK: - Ranges of times

  /// By trying every millisecond of a small layout.
  @Test func idsMadeInATime() throws {
    var random = SplitMix64(seed: 3)
    for _ in 0..<30 {
      let layout = try SnowflakeLayout(
        timestampBits: Int.random(in: 1...3, using: &random),
        machineIDBits: Int.random(in: 1...3, using: &random),
        sequenceBits: Int.random(in: 1...3, using: &random),
        order: random.next() % 2 == 0 ? .machineIDFirst : .sequenceFirst,
        unitMilliseconds: Int64.random(in: 1...5, using: &random),
        epochUnixMilliseconds: Int64.random(in: 0...20, using: &random))
      let (epoch, end) = (layout.epochUnixMilliseconds, layout.naiveEnd)
      for from in epoch - 3...end + 3 {
        for to in from...end + 3 {
          let ids = (from..<to).filter { epoch..<end ~= $0 }.flatMap { time in
            Self.ids(of: (time - epoch) / layout.unitMilliseconds, layout)
          }
          let made = layout.ids(madeIn: from..<to)
          guard made?.lowerBound.rawValue == ids.min(), made?.upperBound.rawValue == ids.max()
          else {
            Issue.record("\(layout) from \(from) to \(to): \(String(describing: made))")
            return
          }
        }
      }
    }
  }

  /// Every ID of a timestamp.
  private static func ids(of timestamp: Int64, _ layout: SnowflakeLayout) -> [UInt64] {
    (0...layout.maximumMachineID).flatMap { machineID in
      (0...layout.maximumSequence).map { sequence in
        layout.joined(
          timestamp: timestamp, machineID: UInt64(machineID), sequence: UInt64(sequence))
      }
    }
  }

  @Test func idsOfAllTime() {
    for layout in Self.layouts {
      let all = layout.ids(madeIn: .min ..< .max)
      #expect(all?.lowerBound.rawValue == 0)
      #expect(all?.upperBound == layout.maximumID)
      #expect(layout.ids(madeIn: .min..<layout.epochUnixMilliseconds) == nil)
      #expect(layout.ids(madeIn: layout.naiveEnd ..< .max) == nil)
      let last = layout.ids(madeIn: layout.naiveEnd - 1..<layout.naiveEnd)
      #expect(last?.upperBound == layout.maximumID)
      let first = layout.ids(
        madeIn: layout.epochUnixMilliseconds - 1..<layout.epochUnixMilliseconds + 1)
      #expect(first?.lowerBound.rawValue == 0)
    }
  }

  /// A generator that ends at a limit and one that begins there share no timestamp and leave none
  /// out, wherever in a unit the limit is.
  @Test(arguments: [1, 2, 7, 10, 60] as [Int64])
  func limitsPartTheTimestamps(_ unit: Int64) throws {
    let layout = try SnowflakeLayout(
      timestampBits: 41, machineIDBits: 1, sequenceBits: 1, unitMilliseconds: unit,
      epochUnixMilliseconds: 3)
    let times = 0..<3 + 3 * unit
    let timestamps = (3..<3 + 3 * unit).map { ($0 - 3) / unit }
    for limit in times {
      var first = try SnowflakeGenerator(machineID: 1, layout: layout, times: 0..<limit)
      var extended = try SnowflakeGenerator(machineID: 1, layout: layout, times: 0..<0)
      extended.extend(to: limit)
      var second = try SnowflakeGenerator(
        machineID: 1, layout: layout, times: limit..<times.upperBound)
      // The first beginning of a unit that is not before the limit.
      let beginning = try #require((limit...).first { $0 >= 3 && ($0 - 3) % unit == 0 })
      #expect(first.limitUnixMilliseconds == beginning)
      #expect(extended.limitUnixMilliseconds == first.limitUnixMilliseconds)
      #expect(second.nextUnixMilliseconds == first.limitUnixMilliseconds)
      let (before, after) = (Self.timestamps(times, &first), Self.timestamps(times, &second))
      #expect(before + after == timestamps.reduce(into: []) { if $0.last != $1 { $0.append($1) } })
    }
  }

  /// The timestamps of which the generator makes an ID, asked at each of the times.
  private static func timestamps(
    _ times: Range<Int64>, _ generator: inout SnowflakeGenerator
  ) -> [Int64] {
    var timestamps: [Int64] = []
    for time in times {
      guard let id = try? generator.next(at: time), let parts = generator.layout.parts(of: id),
        parts.timestamp != timestamps.last
      else { continue }
      timestamps.append(parts.timestamp)
    }
    return timestamps
  }
}

extension SnowflakeIDRun {
  /// All that the generator can make of this time's timestamp, at once.
  fileprivate static func ofAll(
    at time: Int64, _ generator: inout SnowflakeGenerator
  ) throws -> SnowflakeIDRun {
    try generator.nextRun(upTo: .max, at: time)
  }

  /// Without counting: there can be 2^61.
  fileprivate var lastID: SnowflakeID {
    get throws { try #require(SnowflakeID(rawValue: first.rawValue + UInt64(count - 1) * step)) }
  }
}
