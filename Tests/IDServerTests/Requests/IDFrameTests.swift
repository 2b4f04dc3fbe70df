import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import IDServer

struct IDFrameTests {
  /// `Content-Length` is counted before the content is written: also where IDs get longer within
  /// one answer, as in the epoch's first seconds, or from one answer to the next, in July 2031.
  @Test(arguments: [
    (SnowflakeID.epochUnixMilliseconds, 0), (SnowflakeID.epochUnixMilliseconds, 2),
    (SnowflakeID.epochUnixMilliseconds + 238, 428), (1_942_485_779_101, 576),
    (ClockReading.example.unixMilliseconds, 1), (SnowflakeID.lastUnixMilliseconds, 1023),
  ])
  func contentIsAsLongAsItSays(_ unixMilliseconds: Int64, _ machineID: Int) throws {
    for (format, decoration) in [("number", ""), ("string", "\"")] {
      let timestamp = UInt64(unixMilliseconds - SnowflakeID.epochUnixMilliseconds)
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
}
