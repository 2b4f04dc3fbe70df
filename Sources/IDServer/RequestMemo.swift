import HTTP1

/// The last head that was understood, and the request that it is.
///
/// Parsing is a pure function of the bytes, and most clients send the same head again and again: the
/// same bytes, down to the empty line, are the same request. Only heads without a body are kept.
final class RequestMemo {
  /// Heads of browsers are longer, and are not sent by the thousand.
  private static let headBytes = 512

  private let head: [UInt8]
  let request: Request

  init?(_ head: Span<UInt8>, body: RequestHead.Body, _ request: Request) {
    guard head.count <= Self.headBytes, body == .none else { return nil }
    var bytes: [UInt8] = []
    bytes.append(head)
    self.head = bytes
    self.request = request
  }

  /// Where the request ends that begins at `index`, or `nil` if it is not this one.
  func end(in bytes: Span<UInt8>, from index: Int) -> Int? {
    bytes.hasBytes(head, at: index) ? index + head.count : nil
  }
}
