import Foundation
import HTTP1
import Testing
import UV

@testable import HTTPClient

/// From a name to a connection, and the errors that say that nothing was sent.
struct ConnectingTests {
  private static let refused = UVError(code: -ECONNREFUSED)

  /// An address where nobody listens: this machine's, with a port of which a socket is bound alone.
  private final class ClosedPort {
    private let descriptor: CInt
    let address: SocketAddress

    /// - Parameter backlog: if not `nil`, somebody listens, and never accepts.
    init(backlog: CInt? = nil) throws {
      descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let descriptor = self.descriptor
      let status = unsafe withUnsafeMutablePointer(to: &name) {
        let raw = unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self)
        guard unsafe bind(descriptor, raw, size) == 0 else { return CInt(-1) }
        return unsafe getsockname(descriptor, raw, &size)
      }
      try #require(status == 0)
      if let backlog { try #require(listen(descriptor, backlog) == 0) }
      address = try SocketAddress(
        numericHost: "127.0.0.1", port: UInt16(bigEndian: name.sin_port))
    }

    deinit { close(descriptor) }
  }

  /// Past the first, and past any number.
  @Test(arguments: [1, 2, 10]) func triesEveryAddress(_ refusing: Int) throws {
    let closed = try ClosedPort()
    let harness = try Harness([[[.send(hello)]]]) {
      Array(repeating: closed.address, count: refusing) + [$0]
    }
    #expect(try harness.exchange() == .success(HTTPResponse("hello")))
    try harness.finish()
  }

  @Test(arguments: [1, 3]) func allRefuse(_ count: Int) throws {
    let closed = try ClosedPort()
    let harness = try Harness([]) { _ in Array(repeating: closed.address, count: count) }
    for _ in 0..<2 {
      #expect(try harness.exchange() == .failure(.notSent(.connection(Self.refused))))
    }
    try harness.finish()
  }

  /// One that does not answer at all leaves the other half of the time.
  @Test func silentAddressLeavesTime() throws {
    let silent = try ClosedPort(backlog: 0)
    let harness = try Harness([[[.send(hello)]]]) { [silent.address, $0] }
    let fillers = try (0..<3).map { _ in try filler(to: silent.address, on: harness.loop) }
    #expect(try harness.exchange(timeoutMilliseconds: 2000) == .success(HTTPResponse("hello")))
    for filler in fillers { filler.close() }
    try harness.finish()
  }

  @Test func noAddressAnswersInTime() throws {
    let silent = try ClosedPort(backlog: 0)
    let harness = try Harness([]) { _ in [silent.address, silent.address] }
    let fillers = try (0..<3).map { _ in try filler(to: silent.address, on: harness.loop) }
    #expect(
      try harness.exchange(timeoutMilliseconds: 200)
        == .failure(.notSent(.timedOut(milliseconds: 200))))
    for filler in fillers { filler.close() }
    try harness.finish()
  }

  /// Takes a place in the queue of a listener that does not accept, so that others get no answer.
  private func filler(to address: SocketAddress, on loop: Loop) throws -> Connection {
    let connection = Connection()
    var isConnected = false
    try connection.open(to: address, loop: loop, through: nil) { _ in isConnected = true }
    for _ in 0..<3 where !isConnected {
      let timer = try Timer(loop: loop)
      timer.start(afterMilliseconds: 10) { timer.close() }
      loop.runOnce()
    }
    return connection
  }

  typealias LookUp = ConnectionAttempt.LookUp
  private static func outcome(
    of lookUp: @escaping LookUp, host: String = "name.test", timeoutMilliseconds: UInt64
  ) throws -> Outcome? {
    let loop = try Loop()
    let client = try HTTPClient(loop: loop, host: host, port: 1, lookUp: lookUp)
    var outcome: Outcome?
    client.send(try HTTPRequest(target: "/"), timeoutMilliseconds: timeoutMilliseconds) {
      outcome = $0
      client.close()
    }
    #expect(outcome == nil)
    try loop.runToEnd()
    return outcome
  }

  @Test func nameIsUnknown() throws {
    let timeout = Harness.timeoutMilliseconds
    let unknown = Outcome.failure(.notSent(.connection(.unknownName)))
    func throwing(
      _: String, _: UInt16, _: Loop, _: (Result<[SocketAddress], UVError>) -> Void
    ) throws(UVError) {
      throw .unknownName
    }
    let lookUps: [LookUp] = [
      { _, _, _, completion in completion(.failure(.unknownName)) },
      { _, _, _, completion in completion(.success([])) },
      throwing,
    ]
    for lookUp in lookUps {
      #expect(try Self.outcome(of: lookUp, timeoutMilliseconds: timeout) == unknown)
    }
    // RFC 6761 §6.4, and what is no name.
    for host in ["name.invalid", "", "a b", "a\r\nX: y"] {
      let outcome = try Self.outcome(
        of: SocketAddress.resolveAll, host: host, timeoutMilliseconds: timeout)
      guard case .failure(.notSent(.connection)) = outcome else {
        Issue.record("\(host): \(String(describing: outcome))")
        continue
      }
    }
  }

  /// A look-up that does not end; and one that ends after its request, while another waits: that
  /// one gets what it found, for there is one look-up at most.
  @Test func lookUpIsLate() throws {
    #expect(
      try Self.outcome(of: { _, _, _, _ in }, timeoutMilliseconds: 10)
        == .failure(.notSent(.timedOut(milliseconds: 10))))

    let loop = try Loop()
    let server = try ScriptedServer(loop: loop, script: [[[.send(hello)]]])
    var lookUps: [(Result<[SocketAddress], UVError>) -> Void] = []
    let client = try HTTPClient(loop: loop, host: "name.test", port: 1) { lookUps.append($3) }
    var outcomes: [Outcome] = []
    let request = try HTTPRequest(target: "/")
    client.send(request, timeoutMilliseconds: 10) { outcomes.append($0) }
    while outcomes.isEmpty { loop.runOnce() }
    client.send(request, timeoutMilliseconds: Harness.timeoutMilliseconds) { outcomes.append($0) }
    #expect(lookUps.count == 1)
    lookUps[0](.success([server.address]))
    while outcomes.count < 2 { loop.runOnce() }
    #expect(
      outcomes == [
        .failure(.notSent(.timedOut(milliseconds: 10))), .success(HTTPResponse("hello")),
      ])
    #expect(server.sessions.count == 1)
    client.close()
    server.close()
    try loop.runToEnd()
  }

  /// While a look-up hangs, what was found before is still of use.
  @Test func whatWasFoundBeforeIsUsed() throws {
    let loop = try Loop()
    let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
    let server = try ScriptedServer(loop: loop, script: [[[.send(closing)]], [[.send(closing)]]])
    var lookUpCount = 0
    let client = try HTTPClient(loop: loop, host: "name.test", port: 1) { _, _, _, completion in
      lookUpCount += 1
      if lookUpCount == 1 { completion(.success([server.address])) }
    }
    var outcomes: [Outcome] = []
    let request = try HTTPRequest(target: "/")
    for (count, timeout) in [
      (1, Harness.timeoutMilliseconds), (2, 10), (3, Harness.timeoutMilliseconds),
    ]
      as [(Int, UInt64)]
    {
      client.send(request, timeoutMilliseconds: timeout) { outcomes.append($0) }
      while outcomes.count < count { loop.runOnce() }
    }
    #expect(
      outcomes == [
        .success(HTTPResponse("hello")), .failure(.notSent(.timedOut(milliseconds: 10))),
        .success(HTTPResponse("hello")),
      ])
    #expect(lookUpCount == 2)
    client.close()
    server.close()
    try loop.runToEnd()
  }

  /// Between the timeout and its being told, a look-up that ends must not send what is said not to
  /// have been sent.
  @Test func lookUpEndsWithTheTime() throws {
    let loop = try Loop()
    let server = try ScriptedServer(loop: loop, script: [[[.send(hello)]]])
    var lookUp: ((Result<[SocketAddress], UVError>) -> Void)?
    let client = try HTTPClient(loop: loop, host: "name.test", port: 1) { lookUp = $3 }
    var outcomes: [Outcome] = []
    client.send(try HTTPRequest(target: "/"), timeoutMilliseconds: 20) { outcomes.append($0) }
    // Fires right after the client's, which has the same time and was started before it.
    let timer = try Timer(loop: loop)
    timer.start(afterMilliseconds: 20) {
      #expect(outcomes.isEmpty)
      lookUp?(.success([server.address]))
      timer.close()
    }
    while outcomes.isEmpty { loop.runOnce() }
    client.close()
    server.listener.close()
    try loop.runToEnd()
    #expect(outcomes == [.failure(.notSent(.timedOut(milliseconds: 20)))])
    #expect(server.sessions.isEmpty)
  }

  /// The whole of it with the system's own look-up.
  @Test func localhost() throws {
    let loop = try Loop()
    let server = try ScriptedServer(loop: loop, script: [[[.send(hello)]]])
    let client = try HTTPClient(loop: loop, host: "localhost", port: server.address.port)
    var outcome: Outcome?
    client.send(
      try HTTPRequest(target: "/"), timeoutMilliseconds: Harness.timeoutMilliseconds
    ) {
      outcome = $0
      client.close()
      server.close()
    }
    try loop.runToEnd()
    #expect(outcome == .success(HTTPResponse("hello")))
    #expect(
      server.requests.joined().first?.hasPrefix(
        "GET / HTTP/1.1\r\nHost: localhost:\(server.address.port)\r\n") == true)
  }
}
