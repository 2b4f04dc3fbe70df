import TestSupport
import Testing

/// Replays what the fuzzer begins with and what it has found, each with the oracle it was found by.
struct ResponseOracleTests {
  @Test(arguments: FuzzInput.all(in: "corpus/response") + FuzzInput.all(in: "findings/response"))
  func holds(input: FuzzInput) throws {
    #expect(ResponseOracle(try input.bytes()).fault == nil)
  }

  @Test func thereIsACorpus() {
    #expect(FuzzInput.all(in: "corpus/response").count >= 10)
  }
}
