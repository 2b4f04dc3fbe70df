import Glibc
import TestSupport
import Testing

@testable import IDServer

struct DeadlineQueueTests {
  @Test func keepsTheOrderOfJoining() throws {
    try withConnections(4) { connections in
      let queue = DeadlineQueue(timeoutMilliseconds: 640)
      #expect(queue.first == nil)
      for (index, connection) in connections.enumerated() {
        queue.append(connection, nowMilliseconds: UInt64(index))
      }
      #expect(order(queue, connections) == [0, 1, 2, 3])
      #expect(connections.map(\.deadlineMilliseconds) == [650, 651, 652, 653])
      for connection in connections { queue.remove(connection) }
      #expect(order(queue, connections) == [])
    }
  }

  /// A deadline may be late by a 64th, and as long as it is late enough its connection stays.
  @Test func restarting() throws {
    try withConnections(3) { connections in
      let queue = DeadlineQueue(timeoutMilliseconds: 640)
      for connection in connections { queue.append(connection, nowMilliseconds: 0) }
      queue.restart(connections[0], nowMilliseconds: 10)
      #expect(order(queue, connections) == [0, 1, 2])
      #expect(connections[0].deadlineMilliseconds == 650)
      queue.restart(connections[0], nowMilliseconds: 11)
      #expect(order(queue, connections) == [1, 2, 0])
      #expect(connections[0].deadlineMilliseconds == 661)
      for connection in connections { queue.remove(connection) }
    }
  }

  /// First, last, in the middle, the only one: each leaves the others in order.
  @Test(arguments: [
    ([0], [1, 2]), ([1], [0, 2]), ([2], [0, 1]), ([0, 1], [2]), ([2, 1], [0]), ([1, 0, 2], []),
  ])
  func leaving(_ leaving: [Int], _ staying: [Int]) throws {
    try withConnections(3) { connections in
      let queue = DeadlineQueue(timeoutMilliseconds: 1)
      for connection in connections { queue.append(connection, nowMilliseconds: 0) }
      for index in leaving { queue.remove(connections[index]) }
      #expect(order(queue, connections) == staying)
      for index in leaving { queue.append(connections[index], nowMilliseconds: 1) }
      #expect(order(queue, connections) == staying + leaving)
      for connection in connections { queue.remove(connection) }
    }
  }

  @Test func withoutADeadline() throws {
    try withConnections(1) { connections in
      let queue = DeadlineQueue(timeoutMilliseconds: nil)
      queue.append(connections[0], nowMilliseconds: 5)
      #expect(connections[0].deadlineMilliseconds == .max)
      queue.remove(connections[0])
    }
  }

  /// Random joining, leaving and restarting, against an array. Deadlines never fall, and nobody has
  /// less than the whole time ahead.
  @Test func agreesWithAnArray() throws {
    try withConnections(8) { connections in
      let queue = DeadlineQueue(timeoutMilliseconds: 1000)
      var expected: [Int] = []
      var random = SplitMix64(seed: 6)
      for now in 0..<5000 as Range<UInt64> {
        let index = Int.random(in: 0..<8, using: &random)
        switch (expected.firstIndex(of: index), Bool.random(using: &random)) {
        case (nil, _):
          queue.append(connections[index], nowMilliseconds: now)
          expected.append(index)
        case (let place?, true):
          queue.remove(connections[index])
          expected.remove(at: place)
        case (let place?, false):
          let before = connections[index].deadlineMilliseconds
          queue.restart(connections[index], nowMilliseconds: now)
          if before < now + 1000 { expected.append(expected.remove(at: place)) }
          #expect(now + 1000...now + 1015 ~= connections[index].deadlineMilliseconds)
        }
        let deadlines = queue.all.map(\.deadlineMilliseconds)
        guard order(queue, connections) == expected, deadlines == deadlines.sorted() else {
          Issue.record("at \(now): \(order(queue, connections)), not \(expected)")
          break
        }
      }
      for connection in queue.all { queue.remove(connection) }
    }
  }

  private func order(_ queue: DeadlineQueue, _ connections: [Connection]) -> [Int] {
    queue.all.map { member in connections.firstIndex { $0 === member } ?? -1 }
  }

  /// Connections that are in no table and have no stream, and the server that they need.
  private func withConnections(_ count: Int, _ body: ([Connection]) throws -> Void) throws {
    let server = try makeServer()
    try body((0..<count).map { _ in Connection(server: server, port: server.main) })
    server.didReceiveSignal(SIGTERM)
    try server.run()
  }
}
