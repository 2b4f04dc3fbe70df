import Snowflake
import TestSupport
import Testing

/// IDs whose parts are known from the projects that the presets come from.
struct PresetVectorTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let preset: String
    let id: UInt64
    let timestamp: Int64
    let machineID: Int
    let sequence: Int
    let time: String

    var testDescription: String { "\(preset) \(id)" }

    init(
      _ preset: String, _ id: UInt64, _ timestamp: Int64, _ machineID: Int, _ sequence: Int,
      _ time: String
    ) {
      (self.preset, self.id, self.timestamp) = (preset, id, timestamp)
      (self.machineID, self.sequence, self.time) = (machineID, sequence, time)
    }
  }

  static let ours = [
    // The contract's.
    Vector("default", 275_238_510_129_057_792, 65_621_974_499, 1, 0, "2026-01-29T12:19:34.499Z"),
    Vector(
      "default", 1 << 63 - 1, 1 << 41 - 1, 1023, 4095, "2093-09-06T15:47:35.551Z"),
    // The same times. 65_621_974_499 << 12 | 1 << 6, and 2^53 - 1.
    Vector("javascript", 268_787_607_548_000, 65_621_974_499, 1, 32, "2026-01-29T12:19:34.499Z"),
    Vector("javascript", 1 << 53 - 1, 1 << 41 - 1, 63, 63, "2093-09-06T15:47:35.551Z"),
  ]

  /// X, "Tweet object" (developer.x.com): this tweet was created on Wed Oct 10 20:19:24 +0000 2018.
  ///
  /// The others follow from twitter-archive/snowflake, tag `snowflake-2010`, `IdWorker.scala`: time
  /// << 22 | data center << 17 | worker << 12 | sequence, for data center and worker 10 and 27, and
  /// 31 and 31.
  static let twitter = [
    Vector(
      "twitter", 1_050_118_621_198_921_728, 250_367_789_554, 10 * 32 + 27, 0,
      "2018-10-10T20:19:24.211Z"),
    Vector(
      "twitter", 2_016_848_693_815_521_280, 480_854_199_842, 10 * 32 + 27, 0,
      "2026-01-29T12:19:34.499Z"),
    Vector(
      "twitter", 2_016_848_693_818_294_271, 480_854_199_842, 31 * 32 + 31, 4095,
      "2026-01-29T12:19:34.499Z"),
  ]

  /// Discord, API Reference, "Convert Snowflake to DateTime": worker 1, process 0, increment 7.
  static let discord = [
    Vector(
      "discord", 175_928_847_299_117_063, 41_944_705_796, 1 * 32 + 0, 7,
      "2016-04-30T11:18:25.796Z")
  ]

  /// Made and taken apart by sony/sonyflake itself, commit f167a9d of July 2025: `Compose` and
  /// `Decompose` of `sonyflake.go` and of `v2/sonyflake.go`.
  static let sonyflake = [
    Vector("sonyflake", 0, 0, 0, 0, "2014-09-01T00:00:00.000Z"),
    Vector(
      "sonyflake", 604_247_497_568_681_985, 36_015_957_449, 1, 0, "2026-01-29T12:19:34.490Z"),
    Vector(
      "sonyflake", 604_247_497_569_140_994, 36_015_957_449, 258, 7, "2026-01-29T12:19:34.490Z"),
    Vector(
      "sonyflake", 604_247_497_585_459_199, 36_015_957_449, 65_535, 255,
      "2026-01-29T12:19:34.490Z"),
    Vector(
      "sonyflake", 1 << 63 - 1, 549_755_813_887, 65_535, 255, "2188-11-16T03:28:58.870Z"),
    Vector("sonyflake2", 0, 0, 0, 0, "2025-01-01T00:00:00.000Z"),
    Vector(
      "sonyflake2", 57_041_820_512_681_985, 3_399_957_449, 1, 0, "2026-01-29T12:19:34.490Z"),
    Vector(
      "sonyflake2", 57_041_820_513_140_994, 3_399_957_449, 258, 7, "2026-01-29T12:19:34.490Z"),
    Vector(
      "sonyflake2", 57_041_820_529_459_199, 3_399_957_449, 65_535, 255,
      "2026-01-29T12:19:34.490Z"),
    Vector(
      "sonyflake2", 1 << 63 - 1, 549_755_813_887, 65_535, 255, "2199-03-19T03:28:58.870Z"),
  ]

  /// The first two are in the README of f4b6a3/tsid-creator, before and after "millisecond
  /// changed"; their times are by its `Tsid.getInstant()`. The others were made by its
  /// `TsidFactory`, with a fixed clock and the counter from 0. Both with its version 5.2.6.
  static let tsid = [
    Vector("tsid", 38_352_658_567_418_872, 9_143_986_360, 421, 1016, "2020-04-15T19:59:46.360Z"),
    Vector("tsid", 38_352_658_573_940_766, 9_143_986_361, 989, 2078, "2020-04-15T19:59:46.361Z"),
    Vector("tsid", 804_687_181_770_657_792, 191_852_374_499, 1, 0, "2026-01-29T12:19:34.499Z"),
    Vector("tsid", 804_687_181_774_843_906, 191_852_374_499, 1023, 2, "2026-01-29T12:19:34.499Z"),
    Vector("tsid", 1 << 63 - 1, 1 << 41 - 1, 1023, 4095, "2089-09-06T15:47:35.551Z"),
  ]

  static let all = ours + twitter + discord + sonyflake + tsid

  @Test(arguments: all)
  func isTakenApart(_ vector: Vector) throws {
    let layout = try #require(SnowflakeLayout.preset(vector.preset))
    let id = try #require(SnowflakeID(rawValue: vector.id))
    let parts = try #require(layout.parts(of: id))
    #expect(parts.timestamp == vector.timestamp)
    #expect(parts.machineID == vector.machineID)
    #expect(parts.sequence == vector.sequence)
    #expect(parts.time.description == vector.time)
  }

  /// A generator of that machine at that time makes the ID, after as many as its sequence says.
  @Test(arguments: all)
  func isMade(_ vector: Vector) throws {
    let layout = try #require(SnowflakeLayout.preset(vector.preset))
    let parts = try #require(SnowflakeID(rawValue: vector.id).flatMap(layout.parts(of:)))
    var generator = try SnowflakeGenerator(machineID: vector.machineID, layout: layout)
    // At the last millisecond of the unit, too.
    for time in [parts.unixMilliseconds, parts.unixMilliseconds + layout.unitMilliseconds - 1] {
      generator = try SnowflakeGenerator(machineID: vector.machineID, layout: layout)
      let run = try generator.nextRun(upTo: vector.sequence + 1, at: time)
      #expect(Array(run).last?.rawValue == vector.id)
    }
  }

  @Test func eachPresetHasVectors() {
    #expect(SnowflakeLayout.presets.map(\.name).allSatisfy(Set(Self.all.map(\.preset)).contains))
  }

  // MARK: - Limits

  struct Limits: Sendable, CustomTestStringConvertible {
    let preset: String
    let bits: String
    let epoch: String
    let last: String
    let machines: Int
    let idsPerSecond: Int
    var testDescription: String { preset }
  }

  static let limits = [
    Limits(
      preset: "default", bits: "41/10/12", epoch: "2024-01-01T00:00:00.000Z",
      last: "2093-09-06T15:47:35.551Z", machines: 1024, idsPerSecond: 4_096_000),
    Limits(
      preset: "twitter", bits: "41/10/12", epoch: "2010-11-04T01:42:54.657Z",
      last: "2080-07-10T17:30:30.208Z", machines: 1024, idsPerSecond: 4_096_000),
    // With the sign as a 42nd bit it would be 2154-05-15T07:35:11.103Z.
    Limits(
      preset: "discord", bits: "41/10/12", epoch: "2015-01-01T00:00:00.000Z",
      last: "2084-09-06T15:47:35.551Z", machines: 1024, idsPerSecond: 4_096_000),
    Limits(
      preset: "sonyflake", bits: "39 of 10 ms/8 sequence/16 machine",
      epoch: "2014-09-01T00:00:00.000Z", last: "2188-11-16T03:28:58.879Z", machines: 65_536,
      idsPerSecond: 25_600),
    Limits(
      preset: "sonyflake2", bits: "39 of 10 ms/8 sequence/16 machine",
      epoch: "2025-01-01T00:00:00.000Z", last: "2199-03-19T03:28:58.879Z", machines: 65_536,
      idsPerSecond: 25_600),
    Limits(
      preset: "tsid", bits: "41/10/12", epoch: "2020-01-01T00:00:00.000Z",
      last: "2089-09-06T15:47:35.551Z", machines: 1024, idsPerSecond: 4_096_000),
    Limits(
      preset: "javascript", bits: "41/6/6", epoch: "2024-01-01T00:00:00.000Z",
      last: "2093-09-06T15:47:35.551Z", machines: 64, idsPerSecond: 64_000),
  ]

  @Test(arguments: limits)
  func hasTheseLimits(_ expected: Limits) throws {
    let layout = try #require(SnowflakeLayout.preset(expected.preset))
    #expect(layout.bitsText == expected.bits)
    #expect(layout.epoch.description == expected.epoch)
    #expect(layout.lastTime.description == expected.last)
    #expect(layout.maximumMachineID + 1 == expected.machines)
    #expect(layout.idsPerSecond == expected.idsPerSecond)
    #expect(layout.description == expected.preset)
    #expect(Self.limits.count == SnowflakeLayout.presets.count)
  }
}

extension SnowflakeLayout {
  fileprivate static func preset(_ name: String) -> SnowflakeLayout? {
    presets.first { $0.name == name }?.layout
  }
}
