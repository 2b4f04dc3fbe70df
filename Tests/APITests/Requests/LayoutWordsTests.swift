import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// The API's description by layout: the presets and random ones.
struct LayoutWordsTests {
  static let layouts: [SnowflakeLayout] = {
    var random = SplitMix64(seed: 16)
    return SnowflakeLayout.presets.map(\.layout)
      + (0..<60).compactMap { _ in try? randomLayout(using: &random) }
  }()

  /// Any bits, order, unit and epoch, at the ends of their ranges more often than elsewhere.
  private static func randomLayout(
    using random: inout SplitMix64
  ) throws(SnowflakeLayoutError) -> SnowflakeLayout {
    let bits = [1, 2, 6, 10, 16, 30, 41].shuffled(using: &random)
    return try SnowflakeLayout(
      timestampBits: bits[0], machineIDBits: bits[1], sequenceBits: bits[2],
      order: [.machineIDFirst, .sequenceFirst].randomElement(using: &random) ?? .machineIDFirst,
      unitMilliseconds: [1, 1, 7, 10, 1000].randomElement(using: &random) ?? 1,
      epochUnixMilliseconds: [
        0, 1_704_067_200_000, 1_769_689_174_499, 253_402_300_799_999,
        .random(in: 0...1_769_689_174_499, using: &random),
      ].randomElement(using: &random) ?? 0)
  }

  @Test func thereAreManyLayouts() { #expect(Self.layouts.count > 40) }

  /// Every example is an ID of the layout, and no place is left to fill.
  @Test(arguments: layouts) func examplesAreIDsOfTheLayout(_ layout: SnowflakeLayout) throws {
    let text = APIDescriptionTests.describe(layout)
    #expect(!text.contains("{{") && !text.contains("}}\n"))
    let ids =
      text.matches(of: #/"(?:id|first|last)": "?(\d+)/#).map(\.1)
      + text.matches(of: #/"ids": \[([^\]]+)\]/#).flatMap { $0.1.matches(of: #/\d+/#).map(\.0) }
    #expect(ids.count == 8 + 2 * LayoutWords(LayoutLimits(layout)).examples.count)
    for text in ids {
      let id = try #require(SnowflakeID(String(text)))
      #expect(layout.parts(of: id) != nil, "\(id)")
    }
    for example in LayoutWords(LayoutLimits(layout)).examples {
      #expect(text.contains("\(example.id)"))
      #expect(example.parts.machineID == 1)
    }
  }

  /// A server of the layout answers at the time of the example what the description says.
  @Test(arguments: layouts) func answersAreExamples(_ layout: SnowflakeLayout) throws {
    let text = APIDescriptionTests.describe(layout)
    let words = LayoutWords(LayoutLimits(layout))
    let example = try #require(words.examples.first)
    let count = words.examples.count
    let maximum = LayoutLimits(layout).batchCounts.upperBound
    let interval = "from=\(words.interval.from)&to=\(words.interval.to)"
    let other = try #require(text.firstMatch(of: #/"from is \\"(\d+)\\" and to is \\"(\d+)\\": a/#))
    for target in [
      "/id", "/id?format=string", "/ids?count=\(count)", "/ids?count=\(count)&format=string",
      "/decode/\(example.id)", "/decode/\(example.id)?format=string", "/decode/x",
      "/ids?count=\(maximum + 1)", "/bounds?\(interval)", "/bounds?\(interval)&format=string",
      "/bounds?from=\(other.1)&to=\(other.2)",
    ] {
      let client = Client(
        try makeService(layout: layout),
        at: ClockReading(unixMilliseconds: example.parts.unixMilliseconds))
      client.send(request(target))
      for _ in 0..<1000 where client.received.isEmpty {
        client.now = client.now.later(byMilliseconds: 1)
        client.resume()
      }
      let content = try #require(Received.all(in: client.received).first).content
      #expect(text.contains("value: \(content)\n"), "\(target): \(content)")
    }
    let past = UTCTime(unixMilliseconds: layout.lastUnixMilliseconds + 1)
    #expect(text.contains("reads \(past), past the last timestamp \(layout.lastTime)."))
    #expect(text.contains(", before the epoch \(layout.epoch)."))
  }

  private static let ranges: [(SnowflakeLayout, [String])] = [
    (
      .default,
      [
        "        0 | 41 bits timestamp | 10 bits machine ID | 12 bits sequence\n",
        "The timestamp counts milliseconds since 2024-01-01T00:00:00Z.", "maximum: 4095\n",
        "maximum: 1023\n", "maximum: 2199023255551\n", "maximum: 9223372036854775807\n",
        "    Every ID since 2024-01-25T20:31:23Z is above 2^53, ", "^[0-9]{1,19}$",
        "made in one millisecond.", "\n        the millisecond has left", "          example: 3\n",
      ]
    ),
    (
      .javascript,
      [
        "        11 bits 0 | 41 bits timestamp | 6 bits machine ID | 6 bits sequence\n",
        "The timestamp counts milliseconds since 2024-01-01T00:00:00Z.", "maximum: 63\n",
        "maximum: 2199023255551\n", "maximum: 9007199254740991\n", "^[0-9]{1,16}$",
        "    No ID is above 2^53, so a number in JavaScript can hold each of them exactly.\n",
      ]
    ),
    (
      .sonyflake,
      [
        "        0 | 39 bits timestamp | 8 bits sequence | 16 bits machine ID\n",
        "The timestamp counts units of 10 ms since 2014-09-01T00:00:00Z.", "maximum: 255\n",
        "maximum: 65535\n", "maximum: 5497558138870\n", "\n        the unit of 10 ms has left",
        "made in 10 ms.",
        "    Every ID since 2014-11-02T03:18:29Z is above 2^53, ",
      ]
    ),
    (
      .twitter,
      [
        "The timestamp counts milliseconds since 2010-11-04T01:42:54.657Z.",
        "    Every ID since 2010-11-28T22:14:18Z is above 2^53, ",
      ]
    ),
  ]

  @Test(arguments: ranges)
  func rangesAreThoseOfTheLayout(_ layout: SnowflakeLayout, _ lines: [String]) {
    let text = APIDescriptionTests.describe(layout)
    for line in lines { #expect(text.contains(line), "\(line)") }
  }

  /// The description is made once, and shared.
  @Test func serviceKeepsOneDescription() throws {
    let service = try makeService(layout: .javascript)
    #expect(
      String(decoding: service.apiDescription, as: UTF8.self)
        == APIDescriptionTests.describe(.javascript))
  }

  @Test(arguments: [
    ("", ""), ("a{{x}}b", "a1b"), ("{{x}}{{y}}", "12"), ("{{z}}{{x}}", "{{z}}1"),
    ("{{x", "{{x"), ("{1,{{x}}}", "{1,1}"), ("}}{{x}}{{", "}}1{{"), ("{{}}", "{{}}"),
  ])
  func templatesAreFilled(_ document: String, _ expected: String) {
    let content = Template.filled(Array(document.utf8), with: ["x": "1", "y": "2"])
    #expect(String(decoding: content, as: UTF8.self) == expected)
  }
}
