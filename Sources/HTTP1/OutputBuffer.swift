/// Bytes on their way out, written once and in order.
///
/// One serves a whole loop: it grows to the largest batch of responses and is emptied, not freed.
@safe
public struct OutputBuffer: ~Copyable {
  // Owned here: allocated in `init` and `grow`, freed in `grow` and `deinit`.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// How many bytes have been written since the last ``removeAll()``.
  public private(set) var count = 0

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  public var isEmpty: Bool { count == 0 }

  /// Forgets the bytes and keeps the memory, unless it is more than `keeping`.
  public mutating func removeAll(keeping byteCount: Int = .max) {
    count = 0
    guard capacity > byteCount else { return }
    unsafe base.deallocate()
    capacity = byteCount
    unsafe base = .allocate(capacity: capacity)
  }

  /// Forgets the bytes from this many on. No effect if there are fewer.
  public mutating func truncate(to newCount: Int) {
    count = min(count, max(newCount, 0))
  }

  /// Calls `body` with the bytes.
  public func withBytes<R: ~Copyable, E: Error>(
    _ body: (Span<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    // The first `count` bytes are initialized, and live while `self` is borrowed.
    try body(unsafe UnsafeBufferPointer(start: base, count: count).span)
  }

  /// Appends what `text` stands for in UTF-8.
  @inline(__always)
  public mutating func append(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    reserve(length)
    // A StaticString lives as long as the program; `reserve` made room.
    unsafe (base + count).update(from: text.utf8Start, count: length)
    count += length
  }

  /// Appends these bytes.
  public mutating func append(_ bytes: Span<UInt8>) {
    let length = bytes.count
    reserve(length)
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      // `reserve` made room, and `bytes` cannot lie in this buffer: it is borrowed, this is mutated.
      unsafe (base + count).update(from: start, count: length)
    }
    count += length
  }

  /// Appends a string's UTF-8. For the edges, where a string is at hand; not for the data path.
  public mutating func append(string: String) {
    append(string.utf8.span)
  }

  /// Appends a number in decimal digits.
  @inline(__always)
  public mutating func append(decimal value: UInt64) {
    let length = value.decimalDigitCount
    reserve(length)
    // `reserve` made room for exactly the digits that are written.
    unsafe value.writeDecimal(to: base + count, digitCount: length)
    count += length
  }

  /// Appends `count` numbers, each one more than the one before it and followed by `separator`, in
  /// decimal digits between `quote`s.
  ///
  /// Each is its predecessor's text with the last digits counted up: no division.
  ///
  /// - Parameters:
  ///   - first: with as many digits as all the others.
  ///   - count: 1 or more.
  public mutating func append(
    decimalsFrom first: UInt64, count numberCount: Int, quote: StaticString = "",
    separator: StaticString
  ) {
    let start = count
    append(quote)
    append(decimal: first)
    let lastDigit = count - 1
    append(quote)
    append(separator)
    let (stride, lastDigitOffset) = (count - start, lastDigit - start)
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
    count += stride * (numberCount - 1)
  }

  /// Sees to room for `additional` more bytes.
  @inline(__always)
  public mutating func reserve(_ additional: Int) {
    if capacity - count < additional { grow(additional) }
  }

  @inline(never)
  private mutating func grow(_ additional: Int) {
    let newCapacity = max(capacity * 2, count + additional)
    let newBase = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    unsafe newBase.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = newBase
    capacity = newCapacity
  }
}
