import TestSupport
import Testing

/// Replays what the fuzzer begins with and what it has found, each with the oracle it was found by.
struct EtcdOracleTests {
  @Test(arguments: FuzzInput.all(in: "corpus/etcd") + FuzzInput.all(in: "findings/etcd"))
  func holds(input: FuzzInput) throws {
    #expect(EtcdOracle(try input.bytes()).fault == nil)
  }

  @Test func thereIsACorpus() {
    #expect(FuzzInput.all(in: "corpus/etcd").count >= 8)
  }
}
