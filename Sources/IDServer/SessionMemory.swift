import HTTP1
import Snowflake

/// All that a session keeps between two steps because of what its client has sent.
///
/// At rest that is nothing. Whatever grows with what a client sends is kept here, so that
/// ``byteCount`` is what its connection is charged for it: see ``BufferBudget``.
struct SessionMemory {
  enum State {
    /// The next bytes are those of a head.
    case head
    /// The next bytes are those of this request's body.
    case body(HeldRequest)
    /// This request has come whole, and is answered at the next step.
    case complete(HeldRequest)
    /// This request waits for the next millisecond, and holds a waiter slot.
    case waiting(HeldRequest)
    /// The last response has been written.
    case ended(Session.Ending)
  }

  var state = State.head
  /// Bytes that have come and have not been looked at, or begin a head that is not whole.
  var pending: PendingBytes?

  /// The request whose body is being read, or that is not answered yet.
  var request: HeldRequest? {
    switch state {
    case .body(let request), .complete(let request), .waiting(let request): request
    case .head, .ended: nil
    }
  }

  /// How many bytes of memory that is.
  @inline(__always)
  var byteCount: Int { (pending?.byteCount ?? 0) + (request?.byteCount ?? 0) }
}

/// Bytes that wait until what stands before them is answered, or until their head has come whole.
final class PendingBytes {
  private(set) var bytes: [UInt8]
  /// Where the first byte stands that is still needed.
  var start = 0
  /// The parser of the head that begins at `start`, if it has seen its bytes.
  var parser: RequestHeadParser?

  /// How many bytes are still needed.
  var count: Int { bytes.count - start }

  init(_ bytes: Span<UInt8>, parser: RequestHeadParser?) {
    self.bytes = []
    self.bytes.append(bytes)
    self.parser = parser
  }

  func append(_ newBytes: Span<UInt8>) {
    compact()
    bytes.append(newBytes)
  }

  /// Frees the memory of the bytes that are no longer needed.
  func compact() {
    guard start > 0 else { return }
    bytes = Array(bytes[start...])
    start = 0
  }

  fileprivate var byteCount: Int {
    objectHeaderBytes + MemoryLayout<(Int, RequestHeadParser?)>.stride + bytes.memoryByteCount
  }
}

/// A request whose head has come, until it is answered.
final class HeldRequest {
  var request: Request
  /// What it has got, if it waits for more IDs.
  var batch: IDBatch?
  /// For a request with a body.
  var body: BodyReader?
  /// What the access log will want of its head; empty if there is no such log.
  let loggedHead: [UInt8]

  init(_ request: Request, body: BodyReader? = nil, loggedHead: [UInt8]) {
    self.request = request
    self.body = body
    self.loggedHead = loggedHead
  }

  fileprivate var byteCount: Int {
    objectHeaderBytes + MemoryLayout<Request>.stride + MemoryLayout<IDBatch?>.stride
      + MemoryLayout<BodyReader?>.stride + loggedHead.memoryByteCount
      + (batch?.runs.memoryByteCount ?? 0) + request.route.memoryByteCount
  }
}

extension BodyReader {
  init?(_ body: RequestHead.Body, limits: Limits) throws(RequestError) {
    try self.init(body, byteLimit: limits.bodyBytes, trailerByteLimit: limits.head.headBytes)
  }
}

extension Route {
  /// How many bytes of memory it takes beside its own.
  fileprivate var memoryByteCount: Int {
    guard case .problem(let problem) = self else { return 0 }
    return objectHeaderBytes + MemoryLayout<Problem>.stride + problem.detail.utf8.count
  }
}

extension Array {
  /// How many bytes of memory its elements take: none while it has no room for any.
  fileprivate var memoryByteCount: Int {
    capacity == 0 ? 0 : 2 * objectHeaderBytes + capacity * MemoryLayout<Element>.stride
  }
}

/// An object's type and reference counts.
private let objectHeaderBytes = 16
