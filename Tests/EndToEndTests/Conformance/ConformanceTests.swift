import Testing

/// The rules of RFC 9110 and RFC 9112 for a server, and the tricks that broke them elsewhere, each
/// as bytes over a real socket.
@Suite struct ConformanceTests {
  struct Table: CustomTestStringConvertible {
    let testDescription: String
    let exchanges: [Exchange]
  }

  static let tables = [
    Table(testDescription: "request lines", exchanges: .requestLines),
    Table(testDescription: "request targets", exchanges: .targets),
    Table(testDescription: "Host", exchanges: .hosts),
    Table(testDescription: "fields", exchanges: .fields),
    Table(testDescription: "Content-Length", exchanges: .contentLengths),
    Table(testDescription: "Transfer-Encoding", exchanges: .transferEncodings),
    Table(testDescription: "chunks", exchanges: .chunks),
    Table(testDescription: "connections", exchanges: .connections),
    Table(testDescription: "limits", exchanges: .limits),
  ]

  @Test(arguments: tables) func answersAsTheRFCsSay(_ table: Table) throws {
    let server = try RunningServer()
    for exchange in table.exchanges {
      let fault = try exchange.fault(onPort: server.port)
      #expect(fault == nil, "RFC \(exchange.section): \(exchange)")
    }
    #expect(try server.stop() == .status(0))
  }
}
