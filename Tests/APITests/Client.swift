import HTTP1
import Reservations
import Snowflake
import TestSupport

@testable import API

/// A client without a socket: what it sends goes straight into a session, at a time it sets.
final class Client {
  let service: IDService
  var now: ClockReading
  private let session: Session
  private let budget: StepBudget
  private var output = OutputBuffer()
  /// How many more steps it took than there were reads.
  private(set) var stepCount = 0
  private(set) var lastStep = Session.Step.reading(.request)
  private var receivedBytes: [UInt8] = []

  /// - Parameters:
  ///   - log: `nil` unless its requests are logged.
  ///   - budget: of each step that answers what it sends.
  init(
    _ service: IDService, at now: ClockReading = .example, log: AccessLog? = nil,
    within budget: StepBudget = .whole
  ) {
    self.service = service
    self.budget = budget
    session = Session(service)
    if let log { session.startLogging(ClientLog(log, client: "192.0.2.7")) }
    self.now = now
  }

  /// All that the server has sent.
  var received: String { String(decoding: receivedBytes, as: UTF8.self) }

  /// What has come since this was called last.
  func takeReceived() -> String {
    defer { receivedBytes = [] }
    return received
  }

  var isIdle: Bool { lastStep == .reading(.request) }
  var heldByteCount: Int { session.heldByteCount }
  var isDone: Bool { lastStep == .ended(.clientIsDone) }

  @discardableResult
  func send(_ text: String) -> Session.Step { send(Array(text.utf8)[...]) }

  @discardableResult
  func send(_ bytes: ArraySlice<UInt8>) -> Session.Step {
    take(session.receive(bytes.span, at: now, within: budget, into: &output))
  }

  @discardableResult
  func resume() -> Session.Step { take(session.resume(at: now, into: &output)) }

  func pauseReading(isBetweenSteps: Bool = false) {
    session.didPauseReading(isBetweenSteps: isBetweenSteps)
  }
  func releaseWaiterSlot() { session.releaseWaiterSlot() }
  func discard() { session.discard() }

  func timeOut() {
    take(session.timeOut(at: now, into: &output))
  }

  func refuse(_ problem: Problem) {
    take(session.refuse(problem, at: now, into: &output))
  }

  /// Reads what a step has written, and goes on while its budget was the reason to stop.
  @discardableResult
  private func take(_ firstStep: Session.Step) -> Session.Step {
    lastStep = firstStep
    while true {
      output.withBytes { receivedBytes.append($0) }
      output.removeAll()
      guard lastStep == .yielded || lastStep == .postponed else { return lastStep }
      stepCount += 1
      pauseReading(isBetweenSteps: true)
      lastStep = session.resume(at: now, into: &output)
    }
  }
}

extension ClockReading {
  func later(byMilliseconds milliseconds: Int64) -> ClockReading {
    ClockReading(unixMilliseconds: unixMilliseconds + milliseconds)
  }
}

func makeService(
  machineID: Int = 1, layout: SnowflakeLayout = .default, limits: Limits = Limits()
) throws -> IDService {
  IDService(source: try IDSource(machineID: machineID, layout: layout), limits: limits)
}

/// What a new server answers to `pieces`, which come one after another at the same time.
func answer(to pieces: [ArraySlice<UInt8>]) throws -> (received: String, step: Session.Step) {
  let client = Client(try makeService())
  var step = Session.Step.reading(.request)
  for piece in pieces { step = client.send(piece) }
  return (client.received, step)
}

func answer(to text: String) throws -> (received: String, step: Session.Step) {
  try answer(to: [Array(text.utf8)[...]])
}

/// A request with no body, and a valid `Host`.
func request(
  _ target: String, method: String = "GET", version: String = "HTTP/1.1", fields: String = ""
) -> String {
  "\(method) \(target) \(version)\r\nHost: x\r\n\(fields)\r\n"
}

/// A response, as a client that trusts its `Content-Length` finds it.
struct Received: Equatable {
  var status = ""
  var fields: [String: String] = [:]
  var content = ""

  /// The responses in `text`, to `GET` unless they are interim ones. Ends at what is no response.
  static func all(in text: String) -> [Received] {
    var responses: [Received] = []
    var rest = Array(text.utf8)[...]
    while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
      var response = Received()
      let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(
        separator: "\r\n" as Character)
      response.status = String(lines[0])
      for line in lines.dropFirst() {
        let parts = line.split(separator: ": ", maxSplits: 1)
        response.fields[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
      }
      rest = rest[end.upperBound...]
      let length = response.fields["Content-Length"].flatMap { Int($0) } ?? 0
      response.content = String(decoding: rest.prefix(length), as: UTF8.self)
      rest = rest.dropFirst(length)
      responses.append(response)
    }
    return responses
  }

  /// The stable code of a problem.
  var code: String? {
    content.firstMatch(of: #/"code": "([^"]*)"}$/#).map { String($0.1) }
  }

  /// The ID in `{"id": 1, "machine_id": 1}`.
  var id: SnowflakeID? {
    content.firstMatch(of: #/^{"id": (\d+), "machine_id": \d+}$/#).flatMap {
      SnowflakeID(String($0.1))
    }
  }

  var connection: String? { fields["Connection"] }
}
