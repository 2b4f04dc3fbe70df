import HTTP1
import Reservations
import Snowflake
import Testing

@testable import API

/// `GET /bounds`.
struct BoundsTests {
  /// Milliseconds since 1970 of the contract's moment, and the IDs of that millisecond.
  private static let moment: Int64 = 1_769_689_174_499
  private static let ids: ClosedRange<UInt64> = 275_238_510_129_053_696...275_238_510_133_247_999

  private static let intervals: [(String, ClosedRange<UInt64>)] = [
    // One millisecond, written in several ways.
    ("from=1769689174499&to=1769689174500", ids),
    ("from=2026-01-29T12:19:34.499Z&to=2026-01-29T12:19:34.5Z", ids),
    ("to=1769689174500&from=2026-01-29t12:19:34.49900z&unknown=1&from2=2", ids),
    ("from=2026-01-29T13:19:34.499+01:00&to=2026-01-29T11:19:34.500-01:00", ids),
    ("from=2026-01-29T13%3A19%3A34.499%2B01%3A00&to=%31769689174500", ids),
    ("from=0001769689174499&to=1769689174500", ids),
    // The start is rounded down and the end up.
    ("from=2026-01-29T12:19:34.4999999Z&to=2026-01-29T12:19:34.4999999Z", ids),
    ("from=2026-01-29T12:19:34.499Z&to=2026-01-29T12:19:34.4990001Z", ids),
    // A day, and a leap second, which is the start of the next second.
    ("from=2026-01-29&to=2026-01-30", 275_052_389_990_400_000...275_414_777_855_999_999),
    (
      "from=2024-01-01T00:00:00Z&to=2024-06-30T23:59:60Z", 0...65_954_591_539_199_999
    ),
    // What lies outside the layout's time is cut off.
    ("from=0&to=1704067200001", 0...4_194_303),
    ("from=0000-01-01&to=9999-12-31", 0...UInt64(Int64.max)),
    ("from=3903090455551&to=99999999999999999999999999", (1 << 63 - 1 << 22)...(1 << 63 - 1)),
  ]

  @Test(arguments: intervals)
  func boundsAreThoseOfTheInterval(_ query: String, _ expected: ClosedRange<UInt64>) throws {
    for (format, quote) in [("", ""), ("&format=number", ""), ("&format=string", "\"")] {
      let (received, step) = try answer(to: request("/bounds?\(query)\(format)"))
      let response = try #require(Received.all(in: received).first)
      #expect(response.status == "HTTP/1.1 200 OK")
      #expect(response.fields["Content-Type"] == "application/json")
      #expect(response.fields["Cache-Control"] == nil)
      #expect(
        response.content == "{\"first\": \(quote)\(expected.lowerBound)\(quote), "
          + "\"last\": \(quote)\(expected.upperBound)\(quote)}")
      #expect(step == .reading(.request))
    }
  }

  private static let allowed =
    "a time is required, such as 2026-01-29T12:19:34.499Z, 2026-01-29 or 1769689174499, "
    + "milliseconds since 1970."

  private static let refusals: [(query: String, code: String, detail: String)] = [
    ("", "invalid_time", "from is missing: \(allowed)"),
    ("to=1", "invalid_time", "from is missing: \(allowed)"),
    ("from=1704067200000", "invalid_time", "to is missing: \(allowed)"),
    ("from=&to=1", "invalid_time", #"from is \"\": "# + allowed),
    ("from&to=1", "invalid_time", #"from is \"\": "# + allowed),
    ("from=-1&to=1", "invalid_time", #"from is \"-1\": "# + allowed),
    ("from=+1&to=1", "invalid_time", #"from is \"+1\": "# + allowed),
    ("from=1.5&to=2", "invalid_time", #"from is \"1.5\": "# + allowed),
    ("from=1e3&to=2", "invalid_time", #"from is \"1e3\": "# + allowed),
    ("from=0&to=2026-02-30", "invalid_time", #"to is \"2026-02-30\": "# + allowed),
    (
      "from=0&to=2026-01-29T12:19:34", "invalid_time", #"to is \"2026-01-29T12:19:34\": "# + allowed
    ),
    (
      "from=0&to=2026-01-29T12:19:34%2001:00", "invalid_time",
      #"to is \"2026-01-29T12:19:34 01:00\": "# + allowed
    ),
    ("from=0&to=%D9%A1", "invalid_time", "to is \\\"\u{661}\\\": " + allowed),
    ("from=0&from=0&to=1", "repeated_parameter", "from is given more than once."),
    ("from=0&to=1&%74o=1", "repeated_parameter", "to is given more than once."),
    (
      "from=1704067200001&to=1704067200001", "empty_interval",
      #"from is \"1704067200001\" and to is \"1704067200001\": from must be before to, "#
        + "by a millisecond at least."
    ),
    (
      "from=2026-01-30&to=2026-01-29", "empty_interval",
      #"from is \"2026-01-30\" and to is \"2026-01-29\": from must be before to, "#
        + "by a millisecond at least."
    ),
    (
      "from=0&to=1704067200000", "interval_out_of_range",
      #"from is \"0\" and to is \"1704067200000\": a time from 2024-01-01T00:00:00.000Z to "#
        + "2093-09-06T15:47:35.551Z is required in between, because IDs are made only then."
    ),
    (
      "from=3903090455552&to=9999-12-31", "interval_out_of_range",
      #"from is \"3903090455552\" and to is \"9999-12-31\": a time from 2024-01-01T00:00:00.000Z "#
        + "to 2093-09-06T15:47:35.551Z is required in between, because IDs are made only then."
    ),
    (
      "from=0&to=9999-12-31&format=xml", "invalid_format",
      #"format is \"xml\": "# + "number or string is required."
    ),
  ]

  @Test(arguments: refusals)
  func othersAreRefused(_ query: String, _ code: String, _ detail: String) throws {
    let (received, step) = try answer(to: request("/bounds?\(query)"))
    let response = try #require(Received.all(in: received).first)
    #expect(response.status == "HTTP/1.1 400 Bad Request")
    #expect(
      response.content == #"{"title": "Bad Request", "status": 400, "detail": ""# + detail
        + #"", "code": "\#(code)"}"#)
    #expect(step == .reading(.request))
  }

  private static let layouts: [(SnowflakeLayout, Int64, Int64)] = [
    (SnowflakeLayout.sonyflake, moment, moment + 1), (.sonyflake, moment - 9, moment + 21),
    (.javascript, moment, moment + 1000), (.discord, 0, moment), (.twitter, moment, .max),
  ]

  /// By the server's layout: its epoch, its unit and its order of fields.
  @Test(arguments: layouts)
  func layoutIsTheServers(_ layout: SnowflakeLayout, _ from: Int64, _ to: Int64) throws {
    let client = Client(try makeService(layout: layout))
    client.send(request("/bounds?from=\(from)&to=\(to)"))
    let start = max(from, layout.epochUnixMilliseconds) - layout.epochUnixMilliseconds
    let end = min(to, layout.lastUnixMilliseconds + 1) - layout.epochUnixMilliseconds
    let first = UInt64(start / layout.unitMilliseconds) << layout.timestampShift
    let last = (UInt64((end - 1) / layout.unitMilliseconds) + 1) << layout.timestampShift - 1
    #expect(
      Received.all(in: client.received).map(\.content) == [
        "{\"first\": \(first), \"last\": \(last)}"
      ])
    client.send(request("/bounds?from=0&to=1"))
    #expect(
      try #require(Received.all(in: client.takeReceived()).last).content.contains(
        "a time from \(layout.epoch) to \(layout.lastTime) is required"))
  }

  /// There is no text form, and no ID is made.
  @Test func isAnsweredInJSONAlone() throws {
    let client = Client(try makeService())
    for (accept, code) in [
      ("text/plain", "not_acceptable"), ("text/plain, */*;q=0.1", nil), ("application/json", nil),
    ] {
      client.send(request("/bounds?from=0&to=9999-12-31", fields: "Accept: \(accept)\r\n"))
      #expect(Received.all(in: client.takeReceived()).map(\.code) == [code])
    }
    #expect(client.service.metrics.ids == 0)
  }

  /// Elsewhere, these parameters are unknown, and ignored.
  @Test(arguments: ["/id?from=1&from=2", "/decode/1?to=x&to", "/ids?count=1&from&from"])
  func othersKnowNoTimes(_ target: String) throws {
    let (received, _) = try answer(to: request(target))
    #expect(received.hasPrefix("HTTP/1.1 200 OK\r\n"))
  }
}
