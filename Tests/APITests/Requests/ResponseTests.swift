import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

struct ResponseTests {
  /// What is answered at the contract's moment, with how many bytes of content.
  static let answers: [(request: String, status: Status, contentByteCount: Int)] = [
    (request("/id"), .ok, 43),
    (request("/id?format=string"), .ok, 45),
    (request("/id", fields: "Accept: text/plain\r\n"), .ok, 19),
    (request("/ids?count=2"), .ok, 66),
    (request("/decode/1"), .ok, 101),
    (request("/bounds?from=0&to=1704067200001"), .ok, 29),
    (request("/health"), .ok, 2),
    (request("/ready"), .ok, 5),
    (request("*", method: "OPTIONS"), .ok, 0),
    (request("/x?y"), .notFound, 95),
    (request("/id", method: "POST"), .methodNotAllowed, 129),
  ]

  /// The outcome is what the client receives, to the byte; to `HEAD`, the same without content.
  @Test(arguments: answers, ["GET", "HEAD"])
  func outcomeIsWhatIsSent(
    _ test: (request: String, status: Status, contentByteCount: Int), _ method: String
  ) throws {
    let isHead = method == "HEAD" && test.request.hasPrefix("GET")
    let text = isHead ? "HEAD" + test.request.dropFirst(3) : test.request
    let (outcome, sent) = try respond(to: text, by: makeService())
    let count = isHead ? 0 : test.contentByteCount
    #expect(outcome == .answered(test.status, contentByteCount: count))
    #expect(sent.hasPrefix("HTTP/1.1 \(test.status.rawValue) "))
    #expect(sent.split(separator: "\r\n\r\n").dropFirst().joined().utf8.count == count)
    #expect(sent.contains("\r\nContent-Length: \(test.contentByteCount)\r\n"))
  }

  /// Whatever is not in the table above, because its content is long or changes.
  @Test(arguments: ["/", "/metrics", "/openapi.yaml"], ["GET", "HEAD"])
  func outcomeOfDocumentsIsWhatIsSent(_ target: String, _ method: String) throws {
    let (outcome, sent) = try respond(to: request(target, method: method), by: makeService())
    let end = try #require(sent.firstRange(of: "\r\n\r\n")).upperBound
    #expect(outcome == .answered(.ok, contentByteCount: sent[end...].utf8.count))
    #expect(sent[end...].isEmpty == (method == "HEAD"))
  }

  /// However many are asked for, no copy is made, and a step ends when there is much to send.
  @Test func documentsAreShared() throws {
    let service = try makeService()
    let session = Session(service)
    var output = OutputBuffer()
    let bytes = Array(String(repeating: request("/openapi.yaml"), count: 100).utf8)
    #expect(session.receive(bytes.span, at: .example, into: &output) == .yielded)
    let (copiedCount, documents) = output.withPieces { ($0.count, $1.map(\.bytes)) }
    #expect(1...200 * documents.count ~= copiedCount)
    #expect(documents.allSatisfy { $0 == service.apiDescription })
    #expect(documents.count == StepBudget.whole.cost / Route.apiDescription.cost)
  }

  @Test func requestThatMustWaitWritesNothing() throws {
    let service = try makeService()
    _ = try respond(to: request("/ids?count=4096"), by: service)
    for target in ["/id", "/ids?count=1", "/"] {
      let (outcome, sent) = try respond(to: request(target), by: service)
      #expect(outcome == .waiting)
      #expect(sent == "")
    }
  }

  private func respond(
    to text: String, by service: IDService
  ) throws -> (outcome: ResponseOutcome, sent: String) {
    let bytes = Array(text.utf8)
    var parser = RequestHeadParser(limits: HeadLimits())
    guard case .complete(let head, _) = try parser.parse(bytes.span) else {
      Issue.record("not a whole head: \(text)")
      return (.waiting, "")
    }
    var output = OutputBuffer()
    var batch: IDBatch?
    let outcome = service.respond(
      to: Request(head, in: bytes.span, for: service), batch: &batch, at: .example,
      into: &output)
    return (outcome, output.withBytes { $0.text(in: 0..<$0.count) })
  }
}
