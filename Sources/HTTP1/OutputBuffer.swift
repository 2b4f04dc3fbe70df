/// Bytes on their way out, written once and in order.
///
/// One serves a whole loop: it grows to the largest batch of responses and is emptied, not freed.
/// It is a class, and its properties are private, so that no access to them is checked at run time.
@safe
public final class OutputBuffer {
  // Owned here: allocated in `init` and `grow`, freed in `grow` and `deinit`.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var byteCount = 0

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  /// How many bytes have been written since the last ``removeAll(keeping:)``.
  public var count: Int { byteCount }

  public var isEmpty: Bool { byteCount == 0 }

  /// Forgets the bytes and keeps the memory, unless it is more than `keeping`.
  public func removeAll(keeping limit: Int = .max) {
    byteCount = 0
    guard capacity > limit else { return }
    unsafe base.deallocate()
    capacity = limit
    unsafe base = .allocate(capacity: capacity)
  }

  /// Forgets the bytes from this many on. No effect if there are fewer.
  public func truncate(to newCount: Int) {
    byteCount = min(byteCount, max(newCount, 0))
  }

  /// Calls `body` with the bytes.
  public func withBytes<R: ~Copyable, E: Error>(
    _ body: (Span<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    // The first `byteCount` bytes are initialized, and live while `self` is borrowed.
    try body(unsafe UnsafeBufferPointer(start: base, count: byteCount).span)
  }

  /// Appends what `text` stands for in UTF-8.
  @inline(__always)
  public func append(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    reserve(length)
    // A StaticString lives as long as the program; `reserve` made room.
    unsafe (base + byteCount).update(from: text.utf8Start, count: length)
    byteCount += length
  }

  /// Appends these bytes.
  public func append(_ bytes: Span<UInt8>) {
    let length = bytes.count
    reserve(length)
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      // `reserve` made room, and `bytes` cannot lie in this buffer: it is borrowed, this is mutated.
      unsafe (base + byteCount).update(from: start, count: length)
    }
    byteCount += length
  }

  /// Appends these bytes.
  public func append(_ bytes: [UInt8]) {
    append(bytes.span)
  }

  /// Appends a string's UTF-8. For the edges, where a string is at hand; not for the data path.
  public func append(string: String) {
    append(string.utf8.span)
  }

  /// Appends a number in decimal digits.
  @inline(__always)
  public func append(decimal value: UInt64) {
    let length = value.decimalDigitCount
    reserve(length)
    // `reserve` made room for exactly the digits that are written.
    unsafe value.writeDecimal(to: base + byteCount, digitCount: length)
    byteCount += length
  }

  /// Appends `count` numbers, each one more than the one before it and followed by `separator`, in
  /// decimal digits between `quote`s.
  ///
  /// Each is its predecessor's text with the last digits counted up: no division.
  ///
  /// - Parameters:
  ///   - first: with as many digits as all the others.
  ///   - count: 1 or more.
  public func append(
    decimalsFrom first: UInt64, count numberCount: Int, quote: StaticString = "",
    separator: StaticString
  ) {
    let start = byteCount
    append(quote)
    append(decimal: first)
    let lastDigit = byteCount - 1
    append(quote)
    append(separator)
    let (stride, lastDigitOffset) = (byteCount - start, lastDigit - start)
    reserve(stride * (numberCount - 1))
    // All that is read has been written before, and `reserve` made room for all that is written.
    // The digits cannot run out of nines on the left: the number of digits is the same for all.
    var text = unsafe base + start
    for _ in 1..<max(numberCount, 1) {
      unsafe (text + stride).update(from: text, count: stride)
      unsafe text += stride
      var digit = unsafe text + lastDigitOffset
      while unsafe digit.pointee == UInt8(ascii: "9") {
        unsafe digit.pointee = UInt8(ascii: "0")
        unsafe digit -= 1
      }
      unsafe digit.pointee += 1
    }
    byteCount += stride * (numberCount - 1)
  }

  /// Sees to room for `additional` more bytes.
  @inline(__always)
  public func reserve(_ additional: Int) {
    if capacity - byteCount < additional { grow(additional) }
  }

  @inline(never)
  private func grow(_ additional: Int) {
    let newCapacity = max(capacity * 2, byteCount + additional)
    let newBase = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    unsafe newBase.update(from: base, count: byteCount)
    unsafe base.deallocate()
    unsafe base = newBase
    capacity = newCapacity
  }
}
