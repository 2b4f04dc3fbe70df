#if TLS
internal import COpenSSL

/// The bytes between OpenSSL and a stream: a BIO that reads from the bytes of the current call, and
/// appends what is to be sent.
///
/// OpenSSL's own memory BIO copies what it reads and keeps its memory. This one keeps nothing
/// between two calls.
@safe
public final class TransportBuffer {
  /// The bytes that the peer has sent; valid during one call of the engine.
  private var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  /// The bytes that are to be sent to the peer. Private, which avoids dynamic exclusivity
  /// enforcement.
  private var output: [UInt8] = []
  /// The functions of the BIOs. The C type is `BIO_METHOD`.
  private let method: OpaquePointer

  public init() throws(TLSError) {
    guard
      let method = unsafe BIO_meth_new(BIO_get_new_index() | CInt(BIO_TYPE_SOURCE_SINK), "span")
    else { throw .last("no BIO can be made") }
    unsafe self.method = method
    unsafe BIO_meth_set_read(method) { bio, buffer, count in
      guard let bio = unsafe bio, let buffer = unsafe buffer, count > 0 else { return -1 }
      unsafe idgen_BIO_clear_retry_flags(bio)
      let read = unsafe TransportBuffer.object(of: bio)?.read(into: buffer, upTo: Int(count)) ?? 0
      if read == 0 { unsafe idgen_BIO_set_retry_read(bio) }
      return read > 0 ? CInt(read) : -1
    }
    unsafe BIO_meth_set_write(method) { bio, bytes, count in
      guard let bio = unsafe bio, let bytes = unsafe bytes, count > 0 else { return -1 }
      unsafe TransportBuffer.object(of: bio)?.write(
        UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      return count
    }
    unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
  }

  deinit { unsafe BIO_meth_free(method) }

  /// Runs `body`, during which OpenSSL can read these bytes.
  func withInput(_ bytes: Span<UInt8>, _ body: () -> Void) {
    unsafe bytes.withUnsafeBytes {
      unsafe input = $0
      body()
      unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
    }
  }

  /// Whether OpenSSL has not read all bytes of the current call.
  var hasInput: Bool { unsafe !input.isEmpty }

  /// Returns the output, and removes it.
  public func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// Keeps the memory of an output that has been sent for the next, up to ``keptBytes``.
  func recycle(_ sent: inout [UInt8]) {
    guard output.isEmpty, sent.capacity <= Self.keptBytes else { return }
    sent.removeAll(keepingCapacity: true)
    swap(&sent, &output)
  }

  private static let keptBytes = 524_288

  fileprivate func read(into buffer: UnsafeMutableRawPointer, upTo count: Int) -> Int {
    let part = unsafe UnsafeRawBufferPointer(rebasing: input.prefix(count))
    unsafe buffer.copyMemory(
      from: part.baseAddress ?? UnsafeRawPointer(buffer), byteCount: part.count)
    unsafe input = UnsafeRawBufferPointer(rebasing: input.dropFirst(part.count))
    return part.count
  }

  fileprivate func write(_ bytes: UnsafeRawBufferPointer) {
    unsafe output.append(contentsOf: bytes)
  }

  // MARK: - The BIO

  /// Makes a BIO, which does not retain this object: it must not outlive it. The C function is
  /// `BIO_new`.
  func makeBIO() -> OpaquePointer? {
    guard let bio = unsafe BIO_new(method) else { return nil }
    unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    unsafe BIO_set_init(bio, 1)
    return unsafe bio
  }

  private static func object(of bio: OpaquePointer) -> TransportBuffer? {
    guard let data = unsafe BIO_get_data(bio) else { return nil }
    return unsafe Unmanaged<TransportBuffer>.fromOpaque(data).takeUnretainedValue()
  }
}
#endif
