import HTTP1
import Snowflake

/// What a session keeps of its client's bytes between two steps; nothing at rest.
///
/// Everything that grows with a client's bytes is kept here, so ``byteCount`` is what its session
/// holds for it.
struct SessionMemory {
  enum State {
    /// The next bytes belong to a head.
    case head
    /// The next bytes belong to this request's body.
    case body(HeldRequest)
    /// This request is complete, and is answered in the next step.
    case complete(HeldRequest)
    /// This request waits for the next timestamp, and holds a waiter slot.
    case waiting(HeldRequest)
    /// The last response has been written.
    case ended(Session.Ending)
  }

  var state = State.head
  /// Received bytes that are not processed yet, or that begin an incomplete head.
  var pending: PendingBytes?

  /// The request whose body is being read, or that has not been answered yet.
  var request: HeldRequest? {
    switch state {
    case .body(let request), .complete(let request), .waiting(let request): request
    case .head, .ended: nil
    }
  }

  /// The memory that this takes, in bytes.
  @inline(__always)
  var byteCount: Int { (pending?.byteCount ?? 0) + (request?.byteCount ?? 0) }
}

/// Bytes that wait until the requests before them have been answered, or until their head is
/// complete.
final class PendingBytes {
  private(set) var bytes: [UInt8]
  /// The index of the first byte that is still needed.
  var start = 0
  /// The parser of the head that begins at `start`, if it has been started.
  var parser: RequestHeadParser?

  /// The number of bytes that are still needed.
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

/// A request whose head has been received, until it is answered.
final class HeldRequest {
  var request: Request
  /// The listed origin that it comes from: see ``CORSPolicy``.
  let origin: Int?
  /// The IDs made so far, if it waits for more.
  var batch: IDBatch?
  /// The reader of its body, if it has one.
  var body: BodyReader?
  /// The excerpt of its head for the access log; empty without an access log.
  let loggedHead: [UInt8]

  init(_ request: Request, origin: Int? = nil, body: BodyReader? = nil, loggedHead: [UInt8]) {
    self.request = request
    self.origin = origin
    self.body = body
    self.loggedHead = loggedHead
  }

  fileprivate var byteCount: Int {
    objectHeaderBytes + MemoryLayout<Request>.stride + MemoryLayout<Int?>.stride
      + MemoryLayout<IDBatch?>.stride
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
  /// The memory that it takes on the heap, in bytes.
  fileprivate var memoryByteCount: Int {
    switch self {
    case .problem(let problem):
      objectHeaderBytes + MemoryLayout<Problem>.stride + problem.detail.utf8.count
    case .bounds: objectHeaderBytes + MemoryLayout<(IDBounds, IDFormat)>.stride
    case .id, .ids, .decode, .health, .ready, .metrics, .page, .apiDescription, .options: 0
    }
  }
}

extension Array {
  /// The memory that its elements take on the heap, in bytes.
  fileprivate var memoryByteCount: Int {
    capacity == 0 ? 0 : 2 * objectHeaderBytes + capacity * MemoryLayout<Element>.stride
  }
}

/// The size of an object's type pointer and reference counts.
private let objectHeaderBytes = 16
