/// Bytes on their way out, written once and in order.
///
/// One serves a whole loop, which keeps it in an ``OutputPool``: it grows with the responses of a
/// step and is emptied, not freed, unless it has become far too large.
///
/// Among the bytes can be some that are not copied but shared, such as those of a document.
///
/// It cannot be copied, so a span of its bytes and a change to it cannot overlap: to append a buffer
/// to itself does not compile. What writes to it takes it as an `inout` parameter, which avoids
/// dynamic exclusivity enforcement.
@safe
public struct OutputBuffer: ~Copyable {
  // Owned here: allocated in `init` and `grow`, freed in `grow` and `deinit`.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var byteCount = 0
  private var shared: [SharedPiece] = []
  private var sharedByteCount = 0

  /// Bytes that are not copied, and behind how many of those that are they stand. (A tuple, so that other
  /// modules can take it without knowing this one.)
  public typealias SharedPiece = (offset: Int, bytes: [UInt8])

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  /// How many bytes have been written since the last ``removeAll(keeping:)``.
  public var count: Int { byteCount &+ sharedByteCount }

  public var isEmpty: Bool { count == 0 }

  /// Whether some of the bytes are shared.
  public var hasSharedBytes: Bool { sharedByteCount > 0 }

  /// Forgets the bytes and keeps the memory, unless it is more than `keeping`.
  public mutating func removeAll(keeping keptCapacity: Int = .max) {
    byteCount = 0
    if sharedByteCount > 0 { (shared, sharedByteCount) = ([], 0) }
    guard capacity > keptCapacity else { return }
    unsafe base.deallocate()
    capacity = keptCapacity
    unsafe base = .allocate(capacity: capacity)
  }

  /// Forgets the bytes from this many on. No effect if there are fewer.
  public mutating func truncate(to newCount: Int) {
    var excess = count - max(newCount, 0)
    while excess > 0 {
      let lastCount = min(excess, byteCount - (shared.last?.offset ?? 0))
      byteCount -= lastCount
      excess -= lastCount
      guard excess > 0, let (_, bytes) = shared.popLast() else { return }
      sharedByteCount -= bytes.count
      if excess < bytes.count { return append(bytes.span.extracting(..<(bytes.count - excess))) }
      excess -= bytes.count
    }
  }

  /// Calls `body` with the bytes. If some are shared, all are copied for that: ``withPieces(_:)`` copies
  /// none.
  public func withBytes<R: ~Copyable, E: Error>(
    _ body: (Span<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    try withPieces { (bytes, shared) throws(E) in
      guard !shared.isEmpty else { return try body(bytes) }
      var whole: [UInt8] = []
      whole.reserveCapacity(count)
      var start = 0
      for piece in shared {
        for index in start..<piece.offset { whole.append(bytes[index]) }
        whole += piece.bytes
        start = piece.offset
      }
      for index in start..<bytes.count { whole.append(bytes[index]) }
      return try body(whole.span)
    }
  }

  /// Calls `body` with the bytes as they lie in memory: those that have been copied, and the shared ones
  /// among them, in order.
  public func withPieces<R: ~Copyable, E: Error>(
    _ body: (_ bytes: Span<UInt8>, _ shared: [SharedPiece]) throws(E) -> R
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

  /// Appends these bytes without copying them.
  ///
  /// For large contents that live as long as the program: whoever keeps them unread keeps them all, and
  /// is not charged for them.
  public mutating func append(shared bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    shared.append((byteCount, bytes))
    sharedByteCount += bytes.count
  }

  /// Appends a string's UTF-8. Not for the hot path, which has no strings.
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

  /// Appends these bytes with the decimal digits of a number in place of those that stand at `offset`.
  ///
  /// - Parameter offset: behind it, there are at least as many bytes as the number has digits.
  @inline(__always)
  public mutating func append(_ template: [UInt8], decimal value: UInt64, at offset: Int) {
    let length = value.decimalDigitCount
    precondition(offset >= 0 && offset <= template.count - length)
    let start = byteCount
    append(template.span)
    // The template stands at `start`, and has that many bytes from `offset` on.
    unsafe value.writeDecimal(to: base + start + offset, digitCount: length)
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
    if capacity - byteCount < additional { grow(additional) }
  }

  @inline(never)
  private mutating func grow(_ additional: Int) {
    let newCapacity = max(capacity * 2, byteCount + additional)
    let newBase = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    unsafe newBase.update(from: base, count: byteCount)
    unsafe base.deallocate()
    unsafe base = newBase
    capacity = newCapacity
  }
}
