#if TLS
import TestSupport
import Testing

@testable import TLS

/// The inputs that the fuzzer has found, and random ones.
struct TLSOracleTests {
  private let server: TLSContext
  private let client: TLSContext

  init() throws {
    let certificates = try Certificates()
    server = try TLSContext(server: certificates.make("server"))
    client = try TLSContext(clientTrusting: certificates.read("authority.pem"))
  }

  @Test(arguments: FuzzInput.all(in: "corpus/tls") + FuzzInput.all(in: "findings/tls"))
  func foundInputsHold(_ input: FuzzInput) throws {
    #expect(try TLSOracle(input.bytes(), server: server, client: client).fault == nil)
  }

  @Test func randomInputsHold() throws {
    var random = SplitMix64(seed: 17)
    for _ in 0..<200 {
      let input = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let fault = try TLSOracle(input, server: server, client: client).fault
      #expect(fault == nil, "\(input)")
    }
  }
}
#endif
