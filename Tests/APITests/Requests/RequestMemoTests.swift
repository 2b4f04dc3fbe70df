import HTTP1
import Testing

@testable import API

struct RequestMemoTests {
  private let memo = RequestMemo()

  /// Keeps a head if it is time, and says whether it is known now.
  private func isKnown(_ name: String) -> Bool {
    memo.remember(Array(name.utf8).span, body: .none, Self.request)
    return comesAgain(name)
  }

  private func comesAgain(_ name: String) -> Bool {
    memo.request(in: Array("..\(name)..".utf8).span, from: 2) != nil
  }

  private static let request = Request(route: .ready, isHead: false, connection: .persistent)

  @Test func aHeadThatComesAgainIsKnown() {
    #expect(!comesAgain("a"))
    #expect(isKnown("a"))
    #expect(!comesAgain("b"))
    // The one that was kept has come again, so the next is kept at once.
    #expect(isKnown("b"))
    #expect(!comesAgain("a"))
  }

  /// While none comes again, to keep them is of no use.
  @Test func ofHeadsThatDoNotComeAgainFewAreKept() {
    memo.remember(Array("0".utf8).span, body: .none, Self.request)
    for index in 1..<RequestMemo.interval {
      memo.remember(Array("\(index)".utf8).span, body: .none, Self.request)
      #expect(!comesAgain("\(index)"))
    }
    #expect(isKnown("\(RequestMemo.interval)"))
  }

  /// The first of the heads, kept, comes again after so many others.
  @Test(arguments: [
    (0, true), (RequestMemo.comparisonCount - 1, true), (RequestMemo.comparisonCount, false),
  ])
  func oneThatIsKeptIsComparedWithTheNextFew(_ otherCount: Int, _ expected: Bool) {
    memo.remember(Array("a".utf8).span, body: .none, Self.request)
    for index in 0..<otherCount {
      memo.remember(Array("\(index)".utf8).span, body: .none, Self.request)
    }
    #expect(comesAgain("a") == expected)
    // If it has, it is compared with all that follow.
    #expect(comesAgain("a") == expected)
  }

  /// A long head, or one with a body, is not kept, and the next can be.
  @Test(arguments: [
    (String(repeating: "a", count: 512), RequestHead.Body.none, true),
    (String(repeating: "a", count: 513), .none, false),
    ("a", .length(1), false), ("a", .chunked, false),
  ])
  func whatCanBeKept(_ name: String, _ body: RequestHead.Body, _ expected: Bool) {
    memo.remember(Array(name.utf8).span, body: body, Self.request)
    #expect(comesAgain(name) == expected)
    #expect(isKnown("b"))
  }
}
