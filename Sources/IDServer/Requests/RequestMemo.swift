import HTTP1

/// The last head that was understood, and the request that it is.
///
/// Parsing is a pure function of the bytes, and most clients send the same head again and again: the
/// same bytes, down to the empty line, are the same request. Only heads without a body are kept. Clients
/// who send no two alike hardly pay for it: while no head comes again, only every ``interval``th is kept,
/// and compared with the next few alone.
final class RequestMemo {
  static let interval = 16
  /// How many heads one that has not come again yet is compared with.
  static let comparisonCount = 4

  /// Heads of browsers are longer, and are not sent by the thousand.
  private static let headBytes = 512

  /// Empty before the first: no head is.
  private var head: [UInt8] = []
  private var request = Request(route: .health, isHead: false, connection: .close)
  /// How many heads must go by before the next is kept: 0 once the one that is kept has come again.
  private var skipCount = 0

  /// Keeps this one instead, if it can be kept and it is time.
  @inline(__always)
  func remember(_ head: Span<UInt8>, body: RequestHead.Body, _ request: Request) {
    guard skipCount == 0 else {
      skipCount -= 1
      return
    }
    guard head.count <= Self.headBytes, body == .none else { return }
    keep(head, request)
  }

  private func keep(_ head: Span<UInt8>, _ request: Request) {
    skipCount = Self.interval - 1
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
    guard skipCount == 0 || skipCount >= Self.interval - Self.comparisonCount else { return nil }
    guard !head.isEmpty, bytes.hasBytes(head, at: index) else { return nil }
    skipCount = 0
    return (request, index + head.count)
  }
}
