import HTTP1
import Snowflake

/// All that a session keeps between two turns because of what its client has sent.
///
/// At rest that is nothing. Whatever grows with what a client sends is kept here, so that
/// ``byteCount`` is what its connection is charged for it: see ``HeldMemory``.
struct SessionMemory {
  enum State {
    /// The next bytes are those of a head.
    case head
    /// The next bytes are those of this request's body.
    case body(HeldRequest)
    /// This request waits for the next millisecond.
    case waiting(HeldRequest)
    /// The last response has been written.
    case ended
  }

  var state = State.head
  /// Bytes that have come and could not be used yet.
  var pending: PendingBytes?

  /// The request whose body is being read, or that waits.
  var request: HeldRequest? {
    switch state {
    case .body(let request), .waiting(let request): request
    case .head, .ended: nil
    }
  }

  /// How many bytes of memory that is.
  @inline(__always)
  var byteCount: Int { (pending?.byteCount ?? 0) + (request?.byteCount ?? 0) }
}

/// Bytes that wait for their turn.
final class PendingBytes {
  var bytes: [UInt8]
  /// The parser of the head that `bytes` begin with, if it has seen them.
  var parser: RequestHeadParser?

  init(_ bytes: Span<UInt8>, parser: RequestHeadParser?) {
    self.bytes = []
    self.bytes.append(bytes)
    self.parser = parser
  }

  fileprivate var byteCount: Int {
    objectHeaderBytes + MemoryLayout<RequestHeadParser?>.stride + bytes.memoryByteCount
  }
}

/// A request whose head has come, until it is answered.
final class HeldRequest {
  var request: Request
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
    objectHeaderBytes + MemoryLayout<Request>.stride + MemoryLayout<BodyReader?>.stride
      + loggedHead.memoryByteCount + request.route.memoryByteCount
  }
}

extension Route {
  /// How many bytes of memory it takes beside its own.
  fileprivate var memoryByteCount: Int {
    switch self {
    case .ids(let batch, _): batch.runs.memoryByteCount
    case .problem(let problem):
      objectHeaderBytes + MemoryLayout<Problem>.stride + problem.detail.utf8.count
    case .id, .decode, .health, .ready, .page, .apiDescription, .metrics, .options: 0
    }
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
