import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

struct ResponseTemplateTests {
  /// `Content-Length` is counted before the content is written: also where IDs get longer within
  /// one answer, as in the epoch's first seconds, or from one answer to the next, in July 2031.
  @Test(arguments: [
    (SnowflakeLayout.default.epochUnixMilliseconds, 0),
    (SnowflakeLayout.default.epochUnixMilliseconds, 2),
    (SnowflakeLayout.default.epochUnixMilliseconds + 238, 428), (1_942_485_779_101, 576),
    (ClockReading.example.unixMilliseconds, 1),
    (SnowflakeLayout.default.lastUnixMilliseconds, 1023),
  ])
  func contentIsAsLongAsItSays(_ unixMilliseconds: Int64, _ machineID: Int) throws {
    for (format, decoration) in [("number", ""), ("string", "\"")] {
      let timestamp = UInt64(unixMilliseconds - SnowflakeLayout.default.epochUnixMilliseconds)
      let first = timestamp << 22 | UInt64(machineID) << 12
      let ids = (first...first + 4095).map { decoration + String($0) + decoration }
      for (target, content) in [
        ("/id?", "{\"id\": \(ids[0]), \"machine_id\": \(machineID)}"),
        (
          "/ids?count=4096&",
          "{\"ids\": [\(ids.joined(separator: ", "))], \"machine_id\": \(machineID)}"
        ),
      ] {
        let client = Client(
          try makeService(machineID: machineID),
          at: ClockReading(unixMilliseconds: unixMilliseconds))
        client.send(request("\(target)format=\(format)"))
        #expect(client.received.hasSuffix("\r\n\r\n" + content))
        #expect(client.received.contains("\r\nContent-Length: \(content.utf8.count)\r\n"))
      }
    }
  }

  /// Batches of other layouts, which have several timestamps, against IDs put together here. The
  /// IDs get longer within a timestamp: from 10^9 and from 10^18 on, and from 10^5 on.
  @Test(
    arguments: [
      (SnowflakeLayout.sonyflake, 1, 59, 256), (.sonyflake, 65_535, 59_604_644_775, 1000),
      (.sonyflake, 0, 59_604_644_775, 257), (.javascript, 26, 24, 200), (.javascript, 0, 0, 64),
      (.javascript, 63, 65_621_974_499, 4096),
    ] as [(SnowflakeLayout, Int, Int64, Int)])
  func batchesAreThoseOfTheLayout(
    _ layout: SnowflakeLayout, _ machineID: Int, _ timestamp: Int64, _ count: Int
  ) throws {
    let perTimestamp = layout.maximumSequence + 1
    let ids = (0..<count).map { index in
      UInt64(timestamp + Int64(index / perTimestamp)) << layout.timestampShift
        | UInt64(machineID) << layout.machineIDShift
        | UInt64(index % perTimestamp) << layout.sequenceShift
    }
    for (format, quote) in [("number", ""), ("string", "\"")] {
      let start = layout.epochUnixMilliseconds + timestamp * layout.unitMilliseconds
      let client = Client(
        try makeService(machineID: machineID, layout: layout),
        at: ClockReading(unixMilliseconds: start))
      client.send(request("/ids?count=\(count)&format=\(format)"))
      while client.lastStep == .waiting(RequestSize(idCount: count)) {
        client.now = client.now.later(byMilliseconds: 1)
        client.resume()
      }
      let content =
        "{\"ids\": [" + ids.map { "\(quote)\($0)\(quote)" }.joined(separator: ", ")
        + "], \"machine_id\": \(machineID)}"
      #expect(client.received.hasSuffix("\r\n\r\n" + content))
      #expect(client.received.contains("\r\nContent-Length: \(content.utf8.count)\r\n"))
    }
  }

  private static let requests = [
    "GET /id", "HEAD /id", "GET /id?format=string", "GET /ids?count=1",
  ]

  /// A service that has answered before answers as one that has not, whatever it remembers: in the
  /// same second or the next, and when IDs get longer, in July 2031.
  @Test(arguments: [1_942_485_778_000, ClockReading.example.unixMilliseconds])
  func responsesDoNotDependOnThoseBefore(_ start: Int64) throws {
    let service = try makeService()
    for (step, version) in ["1.1", "1.1", "1.0", "1.1", "1.1"].enumerated() {
      for (index, line) in (Self.requests + Self.requests).enumerated() {
        // A millisecond of its own, so its first ID does not depend on those before.
        let time = start + Int64(step * 400 + index)
        let now = ClockReading(unixMilliseconds: time, monotonicMilliseconds: time)
        let client = Client(service, at: now)
        let freshClient = Client(try makeService(), at: now)
        for client in [client, freshClient] {
          client.send("\(line) HTTP/\(version)\r\nHost: x\r\n\r\n")
        }
        #expect(client.received == freshClient.received)
      }
    }
  }
}
