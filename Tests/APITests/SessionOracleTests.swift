import TestSupport
import Testing

/// Replays what the fuzzer begins with and what it has found, each with the oracle it was found by.
struct SessionOracleTests {
  @Test(arguments: FuzzInput.all(in: "corpus/session") + FuzzInput.all(in: "findings/session"))
  func holds(input: FuzzInput) throws {
    #expect(SessionOracle(try input.bytes()).fault == nil)
  }

  @Test func thereIsACorpus() {
    #expect(FuzzInput.all(in: "corpus/session").count >= 10)
  }
}
