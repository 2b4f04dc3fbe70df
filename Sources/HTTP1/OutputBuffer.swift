/// Bytes on their way out, written once and in order.
///
/// One serves a whole loop: it grows to the largest batch of responses and is emptied, not freed.
///
/// It can end with bytes that are not copied but shared, such as those of a document.
///
/// It cannot be copied, so a span of its bytes and a change to it cannot overlap: to append a buffer
/// to itself does not compile. Whoever writes to it is lent it, as an `inout` parameter; an access
/// through one is checked by the compiler alone, not at run time.
@safe
public struct OutputBuffer: ~Copyable {
  // Owned here: allocated in `init` and `grow`, freed in `grow` and `deinit`.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var byteCount = 0
  /// Bytes behind those at `base`; empty if there are none.
  private var shared: [UInt8] = []
  private var sharedByteCount = 0
  /// Up to where bytes may be written at `base`: `capacity`, or `byteCount` if shared bytes follow. So
  /// whatever is appended behind those meets ``grow(_:)``, and nothing else looks for them.
  private var limit: Int

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    limit = self.capacity
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  /// How many bytes have been written since the last ``removeAll(keeping:)``.
  public var count: Int { byteCount &+ sharedByteCount }

  public var isEmpty: Bool { count == 0 }

  /// Whether the last bytes are shared.
  public var endsWithSharedBytes: Bool { sharedByteCount > 0 }

  /// Forgets the bytes and keeps the memory, unless it is more than `keeping`.
  public mutating func removeAll(keeping keptCapacity: Int = .max) {
    byteCount = 0
    if sharedByteCount > 0 { (shared, sharedByteCount, limit) = ([], 0, capacity) }
    guard capacity > keptCapacity else { return }
    unsafe base.deallocate()
    capacity = keptCapacity
    limit = keptCapacity
    unsafe base = .allocate(capacity: capacity)
  }

  /// Forgets the bytes from this many on. No effect if there are fewer.
  public mutating func truncate(to newCount: Int) {
    if endsWithSharedBytes, newCount < count { copyShared() }
    byteCount = min(byteCount, max(newCount, 0))
  }

  /// Calls `body` with the bytes. If some are shared, all are copied for that: ``withPieces(_:)`` copies
  /// none.
  public func withBytes<R: ~Copyable, E: Error>(
    _ body: (Span<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    try withPieces { (bytes, shared) throws(E) in
      guard !shared.isEmpty else { return try body(bytes) }
      let whole = bytes.indices.map { bytes[$0] } + shared
      return try body(whole.span)
    }
  }

  /// Calls `body` with the bytes as they lie in memory: those that have been copied, and the shared ones
  /// behind them, empty if there are none.
  public func withPieces<R: ~Copyable, E: Error>(
    _ body: (_ bytes: Span<UInt8>, _ shared: [UInt8]) throws(E) -> R
  ) throws(E) -> R {
    // The first `byteCount` bytes are initialized, and live while `self` is borrowed.
    try body(unsafe UnsafeBufferPointer(start: base, count: byteCount).span, shared)
  }

  /// Appends what `text` stands for in UTF-8.
  @inline(__always)
  public mutating func append(_ text: StaticString) {
    let length = text.utf8CodeUnitCount
    guard length > 0 else { return }
    reserve(length)
    // A StaticString lives as long as the program; `reserve` made room.
    unsafe (base + byteCount).initialize(from: text.utf8Start, count: length)
    byteCount += length
  }

  /// Appends these bytes.
  public mutating func append(_ bytes: Span<UInt8>) {
    let length = bytes.count
    reserve(length)
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      // `reserve` made room, and `bytes` cannot lie in this buffer: it borrows, and this is mutated.
      unsafe (base + byteCount).initialize(from: start, count: length)
    }
    byteCount += length
  }

  /// Appends these bytes.
  public mutating func append(_ bytes: [UInt8]) {
    append(bytes.span)
  }

  /// Appends these bytes without copying them, unless more is appended behind them.
  ///
  /// For large contents that live as long as the program: whoever keeps them unread keeps them all, and
  /// is not charged for them.
  public mutating func append(shared bytes: [UInt8]) {
    if endsWithSharedBytes { copyShared() }
    guard !bytes.isEmpty else { return }
    shared = bytes
    sharedByteCount = bytes.count
    limit = byteCount
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
    unsafe value.writeDecimal(to: base + byteCount, digitCount: length)
    byteCount += length
  }

  /// Appends `count` numbers, each one more than the one before it and followed by `separator`, in
  /// decimal digits between `quote`s.
  ///
  /// All but the last four digits are copied: they change at every ten-thousandth number.
  ///
  /// - Parameters:
  ///   - first: with as many digits as all the others.
  ///   - count: 1 or more.
  public mutating func append(
    decimalsFrom first: UInt64, count numberCount: Int, quote: StaticString = "",
    separator: StaticString
  ) {
    var writtenCount = 0
    reserve(1)  // Shared bytes are copied now, and not where the first number's length is measured.
    while writtenCount < numberCount {
      let next = first + UInt64(writtenCount)
      let start = byteCount
      append(quote)
      append(decimal: next)
      let digitsEnd = byteCount - start
      append(quote)
      append(separator)
      if writtenCount + 1 == numberCount { return }
      let lastFourDigits = Int(next % 10_000)
      let partCount = next < 1000 ? 1 : min(numberCount - writtenCount, 10_000 - lastFourDigits)
      if partCount > 1 {
        appendCopies(
          partCount - 1, ofLast: byteCount - start, digitsEnd: digitsEnd, after: lastFourDigits)
      }
      writtenCount += partCount
    }
  }

  /// Appends copies of the last bytes, whose four digits before `digitsEnd` count up.
  private mutating func appendCopies(
    _ count: Int, ofLast stride: Int, digitsEnd: Int, after lastFourDigits: Int
  ) {
    reserve(stride * count)
    // The original has been written before, and `reserve` made room for the copies; four digits are
    // there, and stay four.
    let original = unsafe base + byteCount - stride
    for index in 1...count {
      let copy = unsafe original + stride * index
      unsafe copy.initialize(from: original, count: stride)
      unsafe UInt32(truncatingIfNeeded: lastFourDigits + index)
        .writeFourDigits(to: copy + digitsEnd - 4)
    }
    byteCount += stride * count
  }

  /// Sees to room for `additional` more bytes.
  @inline(__always)
  public mutating func reserve(_ additional: Int) {
    if limit - byteCount < additional { grow(additional) }
  }

  @inline(never)
  private mutating func grow(_ additional: Int) {
    if endsWithSharedBytes {
      copyShared()
      return reserve(additional)
    }
    let newCapacity = max(capacity * 2, byteCount + additional)
    let newBase = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    unsafe newBase.update(from: base, count: byteCount)
    unsafe base.deallocate()
    unsafe base = newBase
    capacity = newCapacity
    limit = newCapacity
  }

  private mutating func copyShared() {
    let bytes = shared
    (shared, sharedByteCount, limit) = ([], 0, capacity)
    append(bytes)
  }
}
