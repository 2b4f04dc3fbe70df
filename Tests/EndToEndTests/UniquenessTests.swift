import Testing

@Suite struct UniquenessTests {
  /// All connections have a batch under way at any time, so the server goes from one to the other.
  @Test func idsAreUniqueAndIncreaseOnEachConnection() throws {
    let connectionCount = 16
    let batchCount = 100
    let batch = String(repeating: Request.id, count: 125)

    let server = try RunningServer()
    let clients = try (0..<connectionCount).map { _ in try RawClient(port: server.port) }
    var last = [UInt64](repeating: 0, count: connectionCount)
    var ids = Set<UInt64>(minimumCapacity: 200_000)
    for client in clients { try client.send(batch) }
    for batchNumber in 1...batchCount {
      for (index, client) in clients.enumerated() {
        for _ in 0..<125 {
          let id = try #require(try client.readResponse().id)
          if id <= last[index] { Issue.record("\(id) came after \(last[index])") }
          last[index] = id
          ids.insert(id)
        }
        if batchNumber < batchCount { try client.send(batch) }
      }
    }
    #expect(ids.count == 200_000)
  }
}
