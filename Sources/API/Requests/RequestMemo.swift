import HTTP1

/// A cache of one entry: a parsed head and its request.
///
/// Parsing is a pure function of the bytes, and most clients repeat the same head: the same bytes,
/// up to the empty line, are the same request. Only heads without a body are kept. If heads do not
/// repeat, the cache costs little: only every ``interval``th head is kept then, and only the next
/// ``comparisonCount`` heads are compared with it.
final class RequestMemo {
  static let interval = 16
  /// The number of heads that are compared with a kept head before its first hit.
  static let comparisonCount = 4

  /// The maximum length of a kept head. Browsers send longer heads, but not by the thousand.
  private static let headBytes = 512

  /// Empty before the first head is kept; no head is empty.
  private var head: [UInt8] = []
  private var request = Request(route: .health, isHead: false, connection: .close)
  /// The number of heads to skip before the next is kept: 0 after a hit.
  private var skipCount = 0

  /// Replaces the kept head by this one, if it qualifies and enough heads have been skipped.
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
    // Taken out, changed and put back, which avoids dynamic exclusivity enforcement.
    var storage = self.head
    self.head = []
    storage.removeAll(keepingCapacity: true)
    storage.append(head)
    self.head = storage
    self.request = request
  }

  /// The kept request and the end of its head, if the bytes at `index` are that head; `nil`
  /// otherwise.
  @inline(__always)
  func request(in bytes: Span<UInt8>, from index: Int) -> (request: Request, end: Int)? {
    guard skipCount == 0 || skipCount >= Self.interval - Self.comparisonCount else { return nil }
    guard !head.isEmpty, bytes.hasBytes(head, at: index) else { return nil }
    skipCount = 0
    return (request, index + head.count)
  }
}
