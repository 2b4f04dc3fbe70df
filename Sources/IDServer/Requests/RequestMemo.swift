import HTTP1

/// The last head that was understood, and the request that it is.
///
/// Parsing is a pure function of the bytes, and most clients send the same head again and again: the
/// same bytes, down to the empty line, are the same request. Only heads without a body are kept.
final class RequestMemo {
  /// Heads of browsers are longer, and are not sent by the thousand.
  private static let headBytes = 512

  /// Empty before the first: no head is.
  private var head: [UInt8] = []
  private var request = Request(route: .health, isHead: false, connection: .close)

  /// Keeps this one instead, if it can be kept.
  func remember(_ head: Span<UInt8>, body: RequestHead.Body, _ request: Request) {
    guard head.count <= Self.headBytes, body == .none else { return }
    // Taken out, changed and put back: a change in place would be checked for conflicts at run time.
    var storage = self.head
    self.head = []
    storage.removeAll(keepingCapacity: true)
    storage.append(head)
    self.head = storage
    self.request = request
  }

  /// The request that begins at `index`, and where it ends, or `nil` if it is not this one.
  @inline(__always)
  func request(in bytes: Span<UInt8>, from index: Int) -> (request: Request, end: Int)? {
    guard !head.isEmpty, bytes.hasBytes(head, at: index) else { return nil }
    return (request, index + head.count)
  }
}
