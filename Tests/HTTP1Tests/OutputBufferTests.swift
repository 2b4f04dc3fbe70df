import HTTP1
import TestSupport
import Testing

struct OutputBufferTests {
  @Test func startsEmpty() {
    #expect(contents(OutputBuffer()) == [])
  }

  @Test func appendsInOrder() {
    let text = written { output in
      output.append("static, ")
      output.append(Array("span, ".utf8).span)
      output.append(string: "string \u{2603}, ")
      output.append(decimal: 18_446_744_073_709_551_615)
      output.append("")
      output.append([UInt8]().span)
      output.append(string: "")
    }
    #expect(text == "static, span, string \u{2603}, 18446744073709551615")
  }

  /// Random pieces, against an array that is appended to the same way.
  @Test(arguments: [0, 1, 64, 65, 4096])
  func growsWithItsContents(_ capacity: Int) {
    var random = SplitMix64(seed: UInt64(capacity))
    var output = OutputBuffer(capacity: capacity)
    var expected: [UInt8] = []
    for _ in 0..<300 {
      let count = Int.random(in: 0...200, using: &random)
      let piece = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      output.append(piece.span)
      output.append(decimal: UInt64(count))
      expected += piece + Array(String(count).utf8)
    }
    #expect(contents(output) == expected)
  }

  @Test(arguments: [0, 1, 63, 64, 10_000, Int.max])
  func removesAll(_ kept: Int) {
    var output = OutputBuffer(capacity: 64)
    for _ in 0..<2 {
      output.append(string: String(repeating: "a", count: 5000))
      #expect(contents(output).count == 5000)
      output.removeAll(keeping: kept)
      #expect(contents(output) == [])
      output.append("b")
      #expect(contents(output) == Array("b".utf8))
      output.removeAll()
    }
  }

  /// Numbers counted up in place, against as many made one by one.
  @Test(
    arguments: [
      (0, 10), (1, 1), (1, 9), (10, 90), (99_989, 11), (100, 900), (275_238_510_129_057_792, 4096),
      (999_999_999_999_995_904, 4096), (.max - 4095, 4096),
    ] as [(UInt64, Int)])
  func countsUp(_ first: UInt64, _ count: Int) {
    for (quote, separator) in [("", ", "), ("\"", ", "), ("", "\n"), ("", "")]
      as [(StaticString, StaticString)]
    {
      let text = written { output in
        output.append("before ")
        output.append(decimalsFrom: first, count: count, quote: quote, separator: separator)
        output.append("after")
      }
      let numbers = (0..<UInt64(count)).map { "\(quote)\(first + $0)\(quote)\(separator)" }
      #expect(text == "before " + numbers.joined() + "after")
    }
  }

  @Test(arguments: [(-1, ""), (0, ""), (1, "a"), (2, "ab"), (3, "abc"), (4, "abc"), (.max, "abc")])
  func truncates(_ count: Int, _ expected: String) {
    let text = written { output in
      output.append("abc")
      output.truncate(to: count)
    }
    #expect(text == expected)
  }

  /// Shared bytes stand where they were appended, whatever comes behind them.
  @Test(arguments: [0, 1, 5, 64, 300]) func sharedBytesAreInOrder(_ sharedCount: Int) {
    let shared = (0..<sharedCount).map { UInt8($0 & 0xFF) }
    let text = Array("text".utf8)
    let appends: [(name: String, append: (inout OutputBuffer) -> Void, bytes: [UInt8])] = [
      ("nothing", { _ in }, []),
      ("static", { $0.append("text") }, text),
      ("span", { $0.append(text.span) }, text),
      ("empty", { $0.append("") }, []),
      ("decimal", { $0.append(decimal: 7) }, Array("7".utf8)),
      (
        "decimals", { $0.append(decimalsFrom: 9998, count: 4, separator: ",") },
        Array("9998,9999,10000,10001,".utf8)
      ),
      ("shared", { $0.append(shared: text) }, text),
      ("cut in half", { $0.truncate(to: 2 + sharedCount / 2) }, []),
    ]
    for (name, append, bytes) in appends {
      var output = OutputBuffer(capacity: 64)
      output.append("ab")
      output.append(shared: shared)
      #expect(output.withPieces { [$0.count, $1.count] } == [2, sharedCount])
      append(&output)
      var expected = Array("ab".utf8) + shared + bytes
      if name == "cut in half" { expected.removeLast(sharedCount - sharedCount / 2) }
      #expect(contents(output) == expected, "\(name)")
      let endsWithShared = output.endsWithSharedBytes
      let isCopied = !bytes.isEmpty && name != "shared" || name == "cut in half"
      #expect(endsWithShared == (name == "shared" || sharedCount > 0 && !isCopied), "\(name)")
      output.removeAll()
      output.append("c")
      #expect(contents(output) == Array("c".utf8))
    }
  }

  /// The buffer's bytes, once it agrees with itself on how many there are.
  private func contents(_ output: borrowing OutputBuffer) -> [UInt8] {
    let bytes = output.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    let (count, isEmpty) = (output.count, output.isEmpty)
    #expect(count == bytes.count)
    #expect(isEmpty == bytes.isEmpty)
    return bytes
  }
}
