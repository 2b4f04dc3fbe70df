import TestSupport
import Testing

/// Replays the corpus and the findings of the fuzzer with its oracle.
struct EtcdOracleTests {
  @Test(arguments: FuzzInput.all(in: "corpus/etcd") + FuzzInput.all(in: "findings/etcd"))
  func holds(input: FuzzInput) throws {
    #expect(EtcdOracle(try input.bytes()).fault == nil)
  }

  @Test func thereIsACorpus() {
    #expect(FuzzInput.all(in: "corpus/etcd").count >= 8)
  }
}
