#if TLS
internal import COpenSSL
import Glibc

/// One connection's side of TLS, without I/O: bytes in, bytes out. The C type is `SSL`.
///
/// Use it on one thread. It neither blocks nor waits: what is to be sent appears in the
/// ``TransportBuffer``, which all engines of a loop share.
@safe
public final class TLSEngine {
  let pointer: OpaquePointer
  private let context: TLSContext
  private let transport: TransportBuffer

  /// The phases of a connection, in this order.
  public enum Phase: Sendable {
    case handshake
    case open
    /// The peer has sent close_notify: it sends no more.
    case peerEnded
    /// No byte can be sent or received any more.
    case failed
  }

  public var phase: Phase { currentPhase }

  /// Private, which avoids dynamic exclusivity enforcement.
  private var currentPhase = Phase.handshake
  private var hasReceived = false

  /// - Parameter host: for a client, the server's name or numeric address, which its certificate
  ///   must have: RFC 9525.
  public init(
    _ context: TLSContext, transport: TransportBuffer, host: String? = nil
  ) throws(TLSError) {
    guard let ssl = unsafe SSL_new(context.pointer) else { throw .last("no TLS connection") }
    unsafe pointer = ssl
    self.context = context
    self.transport = transport
    guard let bio = unsafe transport.makeBIO() else { throw .last("no TLS connection") }
    unsafe SSL_set_bio(ssl, bio, bio)  // It owns the BIO now.
    switch context.role {
    case .server: unsafe SSL_set_accept_state(ssl)
    case .client:
      unsafe SSL_set_connect_state(ssl)
      if let host { try verify(host) }
    }
  }

  deinit { unsafe SSL_free(pointer) }

  private func verify(_ host: String) throws(TLSError) {
    let parameters = unsafe SSL_get0_param(pointer)
    // A numeric address is no server name: RFC 6066 §3.
    if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return }
    ERR_clear_error()
    // RFC 9525 §2: the name must be in subjectAltName; the subject's common name is ignored.
    let flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
    unsafe SSL_set_hostflags(pointer, UInt32(flags))
    guard unsafe SSL_set1_host(pointer, host) == 1,
      unsafe idgen_SSL_set_tlsext_host_name(pointer, host) == 1
    else { throw .last("\(host) is not a name that can be verified") }
  }
}

// MARK: - The peer

extension TLSEngine {
  /// The subject of the peer's certificate, such as `CN=app-7,O=Example` (RFC 4514); `nil` if it
  /// has sent none.
  public var peerName: String? {
    guard let certificate = unsafe SSL_get0_peer_certificate(pointer),
      let bio = unsafe BIO_new(BIO_s_mem())
    else { return nil }
    defer { unsafe BIO_free(bio) }
    unsafe X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, idgen_XN_FLAG_RFC2253)
    var bytes: UnsafeMutablePointer<CChar>?
    let count = unsafe idgen_BIO_get_mem_data(bio, &bytes)
    guard count > 0 else { return nil }
    let text = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
    return unsafe String(decoding: text, as: UTF8.self)
  }
}

// MARK: - Memory

extension TLSEngine {
  /// The memory that OpenSSL keeps until the peer sends the rest of a handshake or of a record, in
  /// bytes, as measured; 0 for a peer that has sent nothing yet, and for a connection at rest.
  var heldByteCount: Int {
    switch phase {
    case .handshake where !hasReceived, .failed: 0
    // Its messages, keys and buffers; those of records are freed between two flights.
    case .handshake: isWithinRecord ? 65_536 : 40_960
    case .open, .peerEnded: isWithinRecord ? 16_896 : 0
    }
  }

  /// Whether a part of a record has arrived.
  private var isWithinRecord: Bool {
    // "RB" is: it reads the body, so the header has arrived, even if nothing follows it yet.
    unsafe SSL_has_pending(pointer) == 1 || strcmp(SSL_rstate_string(pointer), "RB") == 0
  }
}

// MARK: - Bytes

extension TLSEngine {
  /// Begins the handshake. A client's first message is then in the transport's output.
  public func start() throws(TLSError) {
    if context.role == .client { try continueHandshake() }
  }

  /// Decrypts bytes of the peer, and appends them to `plaintext`. The transport's output then has
  /// what is to be sent in answer, also after an error: an alert.
  public func receive(
    _ bytes: Span<UInt8>, appendingTo plaintext: inout [UInt8]
  ) throws(TLSError) {
    hasReceived = true
    var start = 0
    while start < bytes.count, phase != .peerEnded {
      let part = start..<min(start + Self.encryptedRecordBytes, bytes.count)
      let (wasOpen, count) = (phase == .open, plaintext.count)
      var result = Result<Void, TLSError>.success(())
      transport.withInput(bytes.extracting(part)) {
        result = Result { () throws(TLSError) in try process(appendingTo: &plaintext) }
      }
      try result.get()
      if wasOpen, part.count == Self.encryptedRecordBytes, plaintext.count == count {
        currentPhase = .failed
        throw TLSError("hundreds of messages without data")
      }
      start = part.upperBound
    }
  }

  private func process(appendingTo plaintext: inout [UInt8]) throws(TLSError) {
    if phase == .handshake {
      try continueHandshake()
      guard phase == .open else { return }
    }
    // Without input, `SSL_read_ex` would allocate a buffer only to find that nothing is left.
    while phase == .open, unsafe transport.hasInput || SSL_has_pending(pointer) == 1 {
      var count = 0
      var status: CInt = 0
      plaintext.append(addingCapacity: Self.recordBytes) { span in
        status = unsafe span.withUnsafeMutableBufferPointer { buffer, initializedCount in
          let status = unsafe SSL_read_ex(pointer, buffer.baseAddress, buffer.count, &count)
          initializedCount = count
          return status
        }
      }
      guard status == 1 else { return try finish(status, "reading") }
    }
  }

  /// Encrypts bytes; what is to be sent is in the transport's output.
  public func send(_ bytes: Span<UInt8>) throws(TLSError) {
    guard phase == .open || phase == .peerEnded else {
      throw TLSError("the connection is not open")
    }
    guard bytes.count > 0 else { return }
    var written = 0
    let status = unsafe bytes.withUnsafeBytes {
      unsafe SSL_write_ex(pointer, $0.baseAddress, $0.count, &written)
    }
    guard status == 1 else {
      try finish(status, "writing")
      // OpenSSL wants bytes of the peer first. Without renegotiation, it does not.
      currentPhase = .failed
      throw TLSError("writing failed")
    }
  }

  /// Tells the peer that nothing more is sent (close_notify): RFC 8446 §6.1. Calling it again has
  /// no effect.
  public func end() {
    guard phase == .open || phase == .peerEnded else { return }
    unsafe SSL_shutdown(pointer)
    // OpenSSL frees its buffers by itself only after data of the application, and thousands of
    // connections can end at the same time.
    unsafe SSL_free_buffers(pointer)
    ERR_clear_error()
  }

  private func continueHandshake() throws(TLSError) {
    ERR_clear_error()
    let status = unsafe SSL_do_handshake(pointer)
    guard status == 1 else { return try finish(status, "the handshake") }
    try checkResumedPeer()
    currentPhase = .open
  }

  /// Refuses a resumed client whose certificate has expired: OpenSSL does not verify it again, and
  /// would give it a new ticket each time.
  private func checkResumedPeer() throws(TLSError) {
    guard unsafe SSL_session_reused(pointer) == 1,
      let certificate = unsafe SSL_get0_peer_certificate(pointer),
      unsafe X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0
    else { return }
    currentPhase = .failed
    throw TLSError("the peer's certificate is refused: certificate has expired")
  }

  /// Handles a call of OpenSSL that did not succeed: it needs more bytes, the peer has ended, or
  /// the connection has failed.
  private func finish(_ status: CInt, _ action: String) throws(TLSError) {
    switch unsafe SSL_get_error(pointer, status) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
    case SSL_ERROR_ZERO_RETURN: currentPhase = .peerEnded
    default:
      currentPhase = .failed
      throw failure(action)
    }
  }

  private func failure(_ action: String) -> TLSError {
    let verification = unsafe SSL_get_verify_result(pointer)
    guard verification == X509_V_OK else {
      ERR_clear_error()
      let reason = unsafe String(cString: X509_verify_cert_error_string(verification))
      return TLSError("the peer's certificate is refused: \(reason)")
    }
    return .last("\(action) failed")
  }

  /// The longest record, with its header: RFC 5246 §6.2.3. So many bytes have the end of a record
  /// with data, unless the peer sends nothing but messages such as KeyUpdate, hundreds at a time.
  private static let encryptedRecordBytes = 5 + 16_384 + 2048

  /// The longest content of a record: RFC 8446 §5.1.
  private static let recordBytes = 16_384
}
#endif
