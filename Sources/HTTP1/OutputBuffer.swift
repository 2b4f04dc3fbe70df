/// A buffer for output: bytes are appended, then sent.
///
/// A loop has one, which it keeps in an ``OutputPool``. The buffer grows with the responses of a
/// step. Afterwards it is emptied but not freed, unless it has grown past a limit.
///
/// Some of the bytes can be shared instead of copied, such as those of a document.
///
/// It is `~Copyable`, so a span of its bytes and a change to it cannot overlap: appending a buffer
/// to itself does not compile. Functions that write to it take it as an `inout` parameter, which
/// avoids dynamic exclusivity enforcement.
@safe
public struct OutputBuffer: ~Copyable {
  // Owned here: allocated in `init`, `grow` and `removeAll`; freed in the last two and in `deinit`.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var byteCount = 0
  private var shared: [SharedPiece] = []
  private var sharedByteCount = 0

  /// Bytes that are not copied, and the number of copied bytes before them. It is a tuple, so that
  /// `UV` can take it without importing this module.
  public typealias SharedPiece = (offset: Int, bytes: [UInt8])

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  /// The number of bytes appended since the last ``removeAll(keeping:)``, shared ones included.
  public var count: Int { byteCount &+ sharedByteCount }

  public var isEmpty: Bool { count == 0 }

  /// Whether some of the bytes are shared.
  public var hasSharedBytes: Bool { sharedByteCount > 0 }

  /// Removes the bytes and keeps the memory, or `keptCapacity` bytes of it if it has grown past
  /// that.
  public mutating func removeAll(keeping keptCapacity: Int = .max) {
    byteCount = 0
    if sharedByteCount > 0 { (shared, sharedByteCount) = ([], 0) }
    guard capacity > keptCapacity else { return }
    unsafe base.deallocate()
    capacity = keptCapacity
    unsafe base = .allocate(capacity: capacity)
  }

  /// Removes the bytes after the first `newCount`. No effect if there are no more.
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

  /// Calls `body` with the bytes. If some are shared, it copies all of them first;
  /// ``withPieces(_:)`` copies none.
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

  /// Calls `body` with the copied bytes and the shared pieces among them, in order, without
  /// copying.
  public func withPieces<R: ~Copyable, E: Error>(
    _ body: (_ bytes: Span<UInt8>, _ shared: [SharedPiece]) throws(E) -> R
  ) throws(E) -> R {
    // The first `byteCount` bytes are initialized, and valid while `self` is borrowed.
    try body(unsafe UnsafeBufferPointer(start: base, count: byteCount).span, shared)
  }

  /// Appends the text's UTF-8.
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
      // `reserve` made room. `bytes` cannot be part of this buffer: a borrow excludes the mutation.
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
  /// For large contents that live as long as the program: a client that does not read them keeps a
  /// reference to all of them, and they do not count against its buffer budget.
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

  /// Appends a response template, with the decimal digits of a number written over its bytes at
  /// `offset`.
  ///
  /// - Parameter offset: at least as many bytes as the number has digits must follow it.
  @inline(__always)
  public mutating func append(_ template: [UInt8], decimal value: UInt64, at offset: Int) {
    let length = value.decimalDigitCount
    precondition(offset >= 0 && offset <= template.count - length)
    let start = byteCount
    append(template.span)
    // The template is at `start`, and has at least `length` bytes from `offset` on.
    unsafe value.writeDecimal(to: base + start + offset, digitCount: length)
  }

  /// Appends `count` numbers in decimal digits, each by `step` greater than the one before, between
  /// two `quote`s and followed by `separator`.
  ///
  /// With step 1, the leading digits change only at every ten-thousandth number, so they are
  /// copied; the last four digits are written anew.
  ///
  /// - Parameters:
  ///   - first: the first number. The number of digits may change within the run: every power of
  ///     ten from 10,000 on is a multiple of 10,000, where the digits are written in full again; so
  ///     is each number below 1000.
  ///   - count: 1 or more.
  ///   - step: the last number must not overflow.
  public mutating func append(
    decimalsFrom first: UInt64, count numberCount: Int, step: UInt64 = 1,
    quote: StaticString = "", separator: StaticString
  ) {
    guard step == 1 else {
      for index in 0..<UInt64(numberCount) {
        append(quote)
        append(decimal: first + index * step)
        append(quote)
        append(separator)
      }
      return
    }
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

  /// Appends `count` copies of the last `stride` bytes, and counts up in the four digits before
  /// `digitsEnd`.
  private mutating func appendCopies(
    _ count: Int, ofLast stride: Int, digitsEnd: Int, after lastFourDigits: Int
  ) {
    reserve(stride * count)
    // The original has been written, and `reserve` made room for the copies. The caller ensures
    // four digits, and that counting does not carry past them.
    let original = unsafe base + byteCount - stride
    for index in 1...count {
      let copy = unsafe original + stride * index
      unsafe copy.initialize(from: original, count: stride)
      unsafe UInt32(truncatingIfNeeded: lastFourDigits + index)
        .writeFourDigits(to: copy + digitsEnd - 4)
    }
    byteCount += stride * count
  }

  /// Ensures that `additional` more bytes fit without another allocation.
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
