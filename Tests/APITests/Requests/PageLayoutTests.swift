import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// The page by the layout of the server's IDs; scripts/test-page runs it in a browser.
struct PageLayoutTests {
  private static let pieces: [(layout: SnowflakeLayout, pieces: [String])] = [
    (
      .default,
      [
        #"aria-label="The 64 bits of this ID: sign, timestamp, machine ID and sequence""#,
        #"<span class="sign"><i title="The sign: always 0">0</i></span><span class="timestamp">"#,
        ".parts .timestamp { grid-column: 2 / span 41; }",
        ".parts .machine { grid-column: span 10; }",
        ".parts .sequence { grid-column: span 12; }", #"<dl class="parts">"#, "65621974499",
        "</span> ms since the start of 2024, UTC<", "<dt>Timestamp, 41 bits</dt>",
        "<dt>Machine, 10&nbsp;bits</dt>", ">0 to 1023<", "<dt>Sequence, 12&nbsp;bits</dt>",
        ">0 to 4095 per&nbsp;ms<", "At most 4,096,000", "can ask for up to 4096<",
        "epoch = 1704067200000, unit = 1, maximum = 9223372036854775807n;", "Number(id >> 22n)",
        "machine: id >> 12n & 1023n, sequence: id >> 0n & 4095n",
        #"placeholder="275238510129057792""#,
        "for JavaScript, which rounds numbers above 2<sup>53</sup>",
        "/bounds?<wbr>from=2026-01-29&amp;to=2026-01-30",
      ]
    ),
    (
      .javascript,
      [
        "this ID: 11 unused, timestamp, machine ID and sequence", #"title="Unused: always 0""#,
        ".parts .timestamp { grid-column: 12 / span 41; }", #"<div class="sign">"#,
        "<dt>Unused, 11 bits</dt>", "<dt>Machine, 6&nbsp;bits</dt>", ">0 to 63 per&nbsp;ms<",
        "maximum = 9007199254740991n;", "machine: id >> 6n & 63n, sequence: id >> 0n & 63n",
        "exact in JavaScript too, because none is above 2<sup>53</sup>", "At most 64,000",
      ]
    ),
    (
      .sonyflake,
      [
        "this ID: sign, timestamp, sequence and machine ID", #"<div class="sign" hidden>"#,
        ".parts .timestamp { grid-column: 2 / span 39; }", "36015957449",
        "</span> units of 10 ms since 2014-09-01, UTC<", ">0 to 255 per&nbsp;10&nbsp;ms<",
        ">0 to 65535<", "epoch = 1409529600000, unit = 10,", "Number(id >> 24n)",
        "machine: id >> 0n & 65535n, sequence: id >> 16n & 255n", "At most 25,600",
      ]
    ),
    (.twitter, ["</span> ms since 2010-11-04T01:42:54.657Z<"]),
  ]

  @Test(arguments: pieces)
  func pageIsOfTheLayout(_ test: (layout: SnowflakeLayout, pieces: [String])) throws {
    let client = Client(try makeService(layout: test.layout))
    client.send(request("/"))
    let content = try #require(Received.all(in: client.received).first).content
    for piece in test.pieces { #expect(content.contains(piece), "\(piece)") }
  }

  /// The fields are in the order that the bits have.
  @Test(arguments: [
    (SnowflakeLayout.default, ["machine", "sequence"]), (.sonyflake, ["sequence", "machine"]),
  ])
  func fieldsAreInOrder(_ layout: SnowflakeLayout, _ order: [String]) throws {
    let client = Client(try makeService(layout: layout))
    client.send(request("/"))
    for element in ["span", "div"] {
      let names = client.received.matches(
        of: try Regex<(Substring, Substring)>("<\(element) class=\"(machine|sequence)\">")
      ).map { String($0.output.1) }
      #expect(names == order)
    }
  }

  /// For any layout: every place is filled, the cells are the ID's bits, and the length is the one
  /// that was announced.
  @Test(arguments: LayoutWordsTests.layouts) func cellsAreTheBits(_ layout: SnowflakeLayout) throws
  {
    let words = LayoutWords(LayoutLimits(layout))
    let page = Page(for: LayoutLimits(layout))
    let last = try #require(DecodedID(layout.maximumID, by: layout))
    for example in words.examples + [last] {
      let content = page.content(example, nonce: "N")
      #expect(page.contentByteCount(example, nonce: "N") == content.count)
      let text = String(decoding: content, as: UTF8.self)
      #expect(!text.contains("{{"))
      let cells = text.matches(of: #/<i(?: class="on"| title="[^"]*")?>([01])<\/i>/#).map(\.1)
      let bits = String(example.id.rawValue, radix: 2)
      #expect(cells.joined() == String(repeating: "0", count: 64 - bits.count) + bits)
      #expect(text.contains(">\(example.parts.timestamp)</span>"))
    }
    let isNarrow =
      layout.timestampBits < 22 || layout.machineIDBits < 6 || layout.sequenceBits < 6
    let text = String(decoding: page.content(last, nonce: "N"), as: UTF8.self)
    #expect(text.contains("<dl class=\"parts stacked\">") == isNarrow)
  }
}
