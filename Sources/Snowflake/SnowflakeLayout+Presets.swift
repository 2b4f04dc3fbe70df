// The layouts that have a name. Discord's and TSID's timestamps have 42 bits, the highest of which
// is the sign in a signed integer. Here it stays 0, so they have 41.

extension SnowflakeLayout {
  /// 41 bits of milliseconds since 2024-01-01T00:00:00Z, 10 bits machine ID, 12 bits sequence.
  public static let `default` = SnowflakeLayout(epochUnixMilliseconds: 1_704_067_200_000)

  /// Twitter's Snowflake: since 2010-11-04T01:42:54.657Z. The 10 bits of the machine ID were 5 for
  /// the data center and 5 for the worker.
  ///
  /// Source: twitter-archive/snowflake, `IdWorker.scala`.
  public static let twitter = SnowflakeLayout(epochUnixMilliseconds: 1_288_834_974_657)

  /// Discord's: since 2015-01-01T00:00:00Z. The 10 bits of the machine ID are 5 for the worker and
  /// 5 for the process.
  ///
  /// Source: docs.discord.com, "API Reference", "Snowflakes".
  public static let discord = SnowflakeLayout(epochUnixMilliseconds: 1_420_070_400_000)

  /// Sonyflake's, version 1: 39 bits of 10 ms since 2014-09-01T00:00:00Z, 8 bits sequence, 16 bits
  /// machine ID, in this order.
  ///
  /// Source: sony/sonyflake, `sonyflake.go`.
  public static let sonyflake = SnowflakeLayout(
    unchecked: (39, 16, 8), .sequenceFirst, unitMilliseconds: 10,
    epochUnixMilliseconds: 1_409_529_600_000)

  /// Sonyflake's, version 2: the same since 2025-01-01T00:00:00Z.
  ///
  /// Source: sony/sonyflake, `v2/sonyflake.go`.
  public static let sonyflake2 = SnowflakeLayout(
    unchecked: (39, 16, 8), .sequenceFirst, unitMilliseconds: 10,
    epochUnixMilliseconds: 1_735_689_600_000)

  /// TSID's: since 2020-01-01T00:00:00Z, with 1024 nodes.
  ///
  /// Source: f4b6a3/tsid-creator, `Tsid.java` and `TsidFactory.java`.
  public static let tsid = SnowflakeLayout(epochUnixMilliseconds: 1_577_836_800_000)

  /// IDs below 2^53, which every JSON parser reads exactly, JavaScript's too: 41 bits of
  /// milliseconds since 2024-01-01T00:00:00Z, 6 bits machine ID, 6 bits sequence.
  public static let javascript = SnowflakeLayout(
    unchecked: (41, 6, 6), .machineIDFirst, unitMilliseconds: 1,
    epochUnixMilliseconds: Self.default.epochUnixMilliseconds)

  /// The layouts above, by name.
  public static let presets: [(name: String, layout: SnowflakeLayout)] = [
    ("default", .default), ("twitter", .twitter), ("discord", .discord),
    ("sonyflake", .sonyflake), ("sonyflake2", .sonyflake2), ("tsid", .tsid),
    ("javascript", .javascript),
  ]

  /// Twitter's 41, 10 and 12 bits, in milliseconds.
  private init(epochUnixMilliseconds: Int64) {
    self.init(
      unchecked: (41, 10, 12), .machineIDFirst, unitMilliseconds: 1,
      epochUnixMilliseconds: epochUnixMilliseconds)
  }
}
