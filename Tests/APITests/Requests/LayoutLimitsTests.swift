import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// What requests may ask for follows from the layout.
struct LayoutLimitsTests {
  /// One bit of sequence, so 2 IDs in each unit.
  private static func slow(unitMilliseconds: Int64) throws -> SnowflakeLayout {
    try SnowflakeLayout(
      timestampBits: 41, machineIDBits: 10, sequenceBits: 1, unitMilliseconds: unitMilliseconds,
      epochUnixMilliseconds: SnowflakeLayout.default.epochUnixMilliseconds)
  }

  private static let maxima: [(layout: SnowflakeLayout, count: Int)] = [
    (.default, 4096), (.twitter, 4096), (.sonyflake, 4096), (.javascript, 4096),
  ]

  @Test(arguments: maxima) func oneRequestAsksForASecondsIDs(
    _ test: (layout: SnowflakeLayout, count: Int)
  ) throws {
    try expectMaximum(test.count, of: test.layout)
  }

  @Test(arguments: [(1, 2000), (10, 200), (1000, 2)])
  func oneRequestToASlowLayoutAsksForLess(_ unit: Int64, _ count: Int) throws {
    try expectMaximum(count, of: try Self.slow(unitMilliseconds: unit))
  }

  private func expectMaximum(_ count: Int, of layout: SnowflakeLayout) throws {
    #expect(count == min(4096, layout.idsPerSecond))
    let client = Client(try makeService(layout: layout))
    client.send(request("/ids?count=\(count + 1)"))
    let refused = try #require(Received.all(in: client.takeReceived()).first)
    #expect(refused.code == "invalid_count")
    #expect(
      refused.content.contains(
        "count is \\\"\(count + 1)\\\": a whole number from 1 to \(count) is required."))
    client.send(request("/ids?count=\(count)"))
    // It may have to wait, but no longer than a second.
    for _ in 0..<1000 where client.lastStep == .waiting(RequestSize(idCount: count)) {
      client.now = client.now.later(byMilliseconds: 1)
      client.resume()
    }
    let ids = try #require(Received.all(in: client.received).first).content.matches(of: #/\d{9,}/#)
    #expect(ids.count == count)
  }

  /// How many requests wait, each for `idCount` IDs, before one is refused.
  @Test(
    arguments: [
      (SnowflakeLayout.default, 4096, 1000), (.default, 1, 1000), (.javascript, 4096, 15),
      (.javascript, 64, 1000), (.javascript, 65, 984), (.javascript, 16, 1000),
      (.sonyflake, 4096, 6), (.sonyflake, 1024, 25), (.sonyflake, 16, 1000),
    ] as [(SnowflakeLayout, Int, Int)])
  func noMoreWaitThanAreAnsweredInASecond(
    _ layout: SnowflakeLayout, _ idCount: Int, _ expected: Int
  ) throws {
    try expectWaiting(expected, layout: layout, idCount: idCount)
  }

  @Test(arguments: [(1000, 1, 2), (1000, 2, 1), (1, 16, 125), (1, 2000, 1)])
  func fewWaitForASlowLayout(_ unit: Int64, _ idCount: Int, _ expected: Int) throws {
    try expectWaiting(
      expected, layout: try Self.slow(unitMilliseconds: unit), idCount: idCount)
  }

  private func expectWaiting(_ expected: Int, layout: SnowflakeLayout, idCount: Int) throws {
    let service = try makeService(layout: layout)
    // Nothing is left of this timestamp.
    let first = Client(service)
    while first.lastStep == .reading(.request) { first.send(request("/id")) }
    first.discard()
    var waiting: [Client] = []
    while true {
      let client = Client(service)
      guard case .waiting = client.send(request("/ids?count=\(idCount)")) else {
        let refused = Received.all(in: client.received)
        #expect(refused.map(\.code) == ["too_many_waiting"])
        let unit = layout.unitMilliseconds
        let name = unit == 1 ? "millisecond" : "unit of \(unit) ms"
        #expect(try #require(refused.first).content.contains("for the next \(name).\""))
        break
      }
      waiting.append(client)
    }
    #expect(waiting.count == expected)
    let size = RequestSize(idCount: idCount)
    #expect(service.waiters[size].requests == expected)
    #expect(service.waiters[size].ids == expected * idCount)
    #expect(service.layoutLimits.waitingCount(size) >= expected)
    // One that gives up makes room for one, and no count is left behind.
    waiting.removeLast().discard()
    let next = Client(service)
    #expect(next.send(request("/ids?count=\(idCount)")) == .waiting(size))
    for client in waiting + [next] { client.discard() }
    #expect(service.waiters[size].ids == 0)
    #expect(service.waiters.total == 0)
  }

  // MARK: - Metrics

  @Test(arguments: [
    (
      SnowflakeLayout.default, SequenceStart.zero,
      #"layout="default",timestamp_bits="41",machine_id_bits="10",sequence_bits="12","#
        + #"order="machine_id_first",unit_ms="1",epoch="2024-01-01T00:00:00.000Z","#
        + #"sequence_start="zero""#,
      4_096_000
    ),
    (
      .sonyflake, .carried,
      #"layout="sonyflake",timestamp_bits="39",machine_id_bits="16",sequence_bits="8","#
        + #"order="sequence_first",unit_ms="10",epoch="2014-09-01T00:00:00.000Z","#
        + #"sequence_start="carried""#,
      25_600
    ),
  ])
  func metricsSayTheLayout(
    _ layout: SnowflakeLayout, _ start: SequenceStart, _ labels: String, _ idsPerSecond: Int
  ) throws {
    let source = try IDSource(machineID: 1, layout: layout, sequenceStart: start)
    let text = IDService(source: source, limits: Limits()).metricsText(at: .example)
    #expect(text.contains("\nidgen_layout_info{\(labels)} 1\n"))
    for size in ["few", "batch"] {
      #expect(text.contains("\nidgen_waiting_requests_max{size=\"\(size)\"} 1000\n"))
      #expect(text.contains("\nidgen_waiting_ids_max{size=\"\(size)\"} \(idsPerSecond)\n"))
      #expect(text.contains("\nidgen_waiting_ids{size=\"\(size)\"} 0\n"))
    }
  }
}
