import HTTP1
import TestSupport
import Testing

struct DecimalTests {
  /// The least and the greatest number of each digit count, with their neighbours.
  static let edges: [UInt64] = {
    var edges: [UInt64] = [0, 1, .max - 1, .max]
    var power: UInt64 = 1
    for _ in 1...19 {
      power *= 10
      edges += [power - 1, power, power + 1]
    }
    return edges
  }()

  @Test func digitCountsOfEdges() {
    #expect(Set(Self.edges.map(\.decimalDigitCount)) == Set(1...20))
    for value in Self.edges { expectSameAsString(value) }
  }

  @Test func randomNumbersOfAllLengths() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<10_000 {
      expectSameAsString(random.next() >> Int.random(in: 0...63, using: &random))
    }
  }

  private func expectSameAsString(_ value: UInt64) {
    let digits = written { $0.append(decimal: value) }
    guard digits == String(value), value.decimalDigitCount == digits.utf8.count else {
      Issue.record("\(value) was written as \(digits), of \(value.decimalDigitCount) digits")
      return
    }
  }
}
