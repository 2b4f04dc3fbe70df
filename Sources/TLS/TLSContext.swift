#if TLS
internal import COpenSSL

/// What all connections of one kind share: certificate and key, trusted authorities, and the rules
/// of the protocol. The C type is `SSL_CTX`.
///
/// It does not change: a new certificate is a new context, and connections keep the one that they
/// began with.
@safe
public final class TLSContext {
  let pointer: OpaquePointer
  let role: Role
  /// The certificate chain, its own first; empty for none.
  var certificates: [Certificate] = []

  enum Role { case server, client }

  /// A certificate chain and its key, both in PEM.
  public struct Identity: Equatable, Sendable {
    /// The chain, its own certificate first.
    public var certificates: [UInt8]
    public var key: [UInt8]

    public init(certificates: [UInt8], key: [UInt8]) {
      (self.certificates, self.key) = (certificates, key)
    }
  }

  /// A server's.
  ///
  /// - Parameter clientAuthorities: certificates in PEM, of which one must have signed the
  ///   client's; `nil` to ask clients for none.
  public convenience init(
    server identity: Identity, clientAuthorities: [UInt8]? = nil
  ) throws(TLSError) {
    try self.init(.server)
    try use(identity)
    unsafe SSL_CTX_set_alpn_select_cb(pointer, Self.selectProtocol, nil)
    if let clientAuthorities {
      try trust(clientAuthorities, sendsNames: true)
      unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
      try Self.check(
        unsafe SSL_CTX_set_session_id_context(pointer, Self.sessionContext, 5) == 1, "sessions")
    }
  }

  /// A client's. It verifies the server's certificate and name.
  ///
  /// - Parameters:
  ///   - authorities: certificates in PEM that are trusted; `nil` for those of the system.
  ///   - identity: the client's own certificate; `nil` for none.
  public convenience init(
    clientTrusting authorities: [UInt8]?, identity: Identity? = nil
  ) throws(TLSError) {
    try self.init(.client)
    if let identity { try use(identity) }
    if let authorities {
      try trust(authorities, sendsNames: false)
    } else {
      try Self.check(
        unsafe SSL_CTX_set_default_verify_paths(pointer) == 1,
        "the system's certificates cannot be read")
    }
    unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
  }

  private init(_ role: Role) throws(TLSError) {
    guard
      let context = unsafe SSL_CTX_new(
        role == .server ? TLS_server_method() : TLS_client_method())
    else { throw .last("no TLS context can be made") }
    unsafe pointer = context
    self.role = role
    // A trusted certificate need not be a root's: it can be an intermediate authority's, or the
    // server's own, as in a health check.
    unsafe X509_STORE_set_flags(SSL_CTX_get_cert_store(context), UInt(X509_V_FLAG_PARTIAL_CHAIN))
    unsafe idgen_SSL_CTX_set_safe_options(context)
    unsafe idgen_SSL_CTX_keep_no_sessions(context)
    try Self.check(
      unsafe idgen_SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "TLS 1.2")
    // A record is read at once and not its header first.
    unsafe idgen_SSL_CTX_set_read_ahead(context, 1)
    // An idle connection has no buffers, and a queued write may move.
    _ = unsafe idgen_SSL_CTX_set_mode(
      context, Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
  }

  deinit { unsafe SSL_CTX_free(pointer) }

  /// Accepts certificates of peers that have expired or are not valid yet.
  func ignoreTime() {
    unsafe X509_STORE_set_flags(SSL_CTX_get_cert_store(pointer), UInt(X509_V_FLAG_NO_CHECK_TIME))
  }

  /// The time at which the first certificate of the chain expires, in seconds since 1970. 0 without
  /// a certificate.
  var expiryUnixSeconds: Int64 { certificates.map(\.validityUnixSeconds.end).min() ?? 0 }

  /// Whether a certificate of the chain has expired or is not valid yet.
  ///
  /// It is used nevertheless: the clock that is wrong may be this machine's, and if it is not, a
  /// server that does not start helps nobody either.
  func warning(atUnixSeconds now: Int64) -> TLSError? {
    for (index, certificate) in certificates.enumerated() {
      let (start, end) = certificate.validityUnixSeconds
      let reason = now > end ? "has expired" : now < start ? "is not valid yet" : nil
      guard let reason else { continue }
      return TLSError(
        "certificate \(index + 1) in it \(reason): it is used, but peers that verify it refuse it",
        in: .certificates)
    }
    return nil
  }

  private static let sessionContext: [UInt8] = Array("idgen".utf8)

  private static func check(_ isDone: Bool, _ action: String) throws(TLSError) {
    guard isDone else { throw .last(action) }
  }
}
#endif
