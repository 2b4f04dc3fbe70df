import TestSupport
import Testing

/// Replays what the fuzzer begins with and what it has found, each with the oracle it was found by.
struct ParserOracleTests {
  @Test(arguments: FuzzInput.all(in: "corpus/parser") + FuzzInput.all(in: "findings/parser"))
  func holds(input: FuzzInput) throws {
    #expect(ParserOracle(try input.bytes()).fault == nil)
  }

  @Test func thereIsACorpus() {
    #expect(FuzzInput.all(in: "corpus/parser").count >= 10)
  }
}
