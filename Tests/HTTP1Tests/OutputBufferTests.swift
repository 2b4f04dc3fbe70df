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
      // Across powers of ten.
      (0, 12_000), (99_999, 2), (999_998, 4), (9_999_999_999, 4096),
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

  /// The same in steps, as where the lowest bits are not the counter's.
  @Test(
    arguments: [
      (0, 3, 2), (1, 9, 10), (1, 1, 65_536), (590 << 24, 256, 65_536), (0, 256, 65_536),
      (999_999_999_999_934_464, 3, 65_536), (.max - 3 * 65_536, 4, 65_536), (7, 4, 0),
    ] as [(UInt64, Int, UInt64)])
  func countsUpInSteps(_ first: UInt64, _ count: Int, _ step: UInt64) {
    let text = written { output in
      output.append("before ")
      output.append(decimalsFrom: first, count: count, step: step, quote: "'", separator: ", ")
      output.append("after")
    }
    let numbers = (0..<UInt64(count)).map { "'\(first + $0 * step)', " }
    #expect(text == "before " + numbers.joined() + "after")
  }

  @Test(arguments: [(-1, ""), (0, ""), (1, "a"), (2, "ab"), (3, "abc"), (4, "abc"), (.max, "abc")])
  func truncates(_ count: Int, _ expected: String) {
    let text = written { output in
      output.append("abc")
      output.truncate(to: count)
    }
    #expect(text == expected)
  }

  /// Shared bytes stay in order among the others: random pieces of both kinds, compared with an
  /// array that is appended to and cut the same way.
  @Test(arguments: 0..<20) func sharedBytesAreInOrder(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var output = OutputBuffer(capacity: 64)
    var expected: [UInt8] = []
    for _ in 0..<60 {
      let piece = (0..<Int.random(in: 0...50, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      switch Int.random(in: 0...4, using: &random) {
      case 0, 1:
        output.append(shared: piece)
        expected += piece
      case 2:
        let count = Int.random(in: 0...expected.count, using: &random)
        output.truncate(to: count)
        expected.removeLast(expected.count - count)
      case 3:
        output.append(decimalsFrom: 9998, count: 3, separator: ",")
        expected += Array("9998,9999,10000,".utf8)
      default:
        output.append(piece)
        expected += piece
      }
      #expect(contents(output) == expected)
    }
    output.removeAll()
    output.append("c")
    #expect(contents(output) == Array("c".utf8))
  }

  /// And are not copied.
  @Test func sharedBytesAreNotCopied() {
    var output = OutputBuffer()
    for _ in 0..<3 {
      output.append("ab")
      output.append(shared: [1, 2, 3])
    }
    let pieces = output.withPieces { [$0.count] + $1.map(\.offset) + $1.map(\.bytes.count) }
    #expect(pieces == [6, 2, 4, 6, 3, 3, 3])
  }

  /// The buffer's bytes, once it agrees with itself on how many there are.
  private func contents(_ output: borrowing OutputBuffer) -> [UInt8] {
    let bytes = output.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    let (count, isEmpty) = (output.count, output.isEmpty)
    #expect(count == bytes.count)
    #expect(isEmpty == bytes.isEmpty)
    return bytes
  }

  @Test(
    arguments: [
      ("0", 7, 0, "7"), ("id: 00.", 12, 4, "id: 12."), ("00 and more", 10, 0, "10 and more"),
      ("<000000000000000000>", 275_238_510_129_057_792, 1, "<275238510129057792>"),
      ("<00000000000000000000>", UInt64.max, 1, "<18446744073709551615>"),
    ] as [(String, UInt64, Int, String)])
  func digitsInATemplate(_ template: String, _ value: UInt64, _ offset: Int, _ expected: String) {
    let text = written { output in
      output.append("before ")
      output.append(Array(template.utf8), decimal: value, at: offset)
      output.append(" behind")
    }
    #expect(text == "before \(expected) behind")
  }
}
