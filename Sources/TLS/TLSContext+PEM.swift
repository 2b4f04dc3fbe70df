#if TLS
internal import COpenSSL

// Certificates and keys in PEM, RFC 7468.

extension TLSContext {
  /// Uses this certificate, its chain and its key.
  func use(_ identity: Identity) throws(TLSError) {
    certificates = try Certificate.all(in: identity.certificates, of: .certificates)
    for (index, certificate) in certificates.enumerated() {
      let isUsed =
        unsafe index == 0
        ? SSL_CTX_use_certificate(pointer, certificate.pointer)
        : CInt(idgen_SSL_CTX_add1_chain_cert(pointer, certificate.pointer))
      guard isUsed == 1 else {
        throw .last("certificate \(index + 1) in it cannot be used", in: .certificates)
      }
    }
    let key = unsafe try Self.key(in: identity.key)
    defer { unsafe EVP_PKEY_free(key) }
    // Checked here, since OpenSSL says no more than that they do not fit.
    let index = certificates.firstIndex { unsafe X509_check_private_key($0.pointer, key) == 1 }
    ERR_clear_error()
    guard let index else { throw TLSError("it is not the key of the certificate", in: .key) }
    guard index == 0 else {
      throw TLSError(
        "certificate \(index + 1) in it is that of the key, and must be the first",
        in: .certificates)
    }
    guard unsafe SSL_CTX_use_PrivateKey(pointer, key) == 1 else {
      throw .last("it cannot be used", in: .key)
    }
    try checkChain()
  }

  /// Each certificate must be followed by that of its issuer: clients may look no further.
  private func checkChain() throws(TLSError) {
    for (index, pair) in zip(certificates, certificates.dropFirst()).enumerated()
    where !pair.0.isIssued(by: pair.1) {
      throw TLSError(
        "certificate \(index + 2) in it is not that of the issuer of certificate \(index + 1)",
        in: .certificates)
    }
  }

  /// Trusts the authorities whose certificates are in `bytes`.
  ///
  /// - Parameter sendsNames: whether clients are told the names of these authorities.
  func trust(_ bytes: [UInt8], sendsNames: Bool) throws(TLSError) {
    for certificate in try Certificate.all(in: bytes, of: .authorities) {
      guard
        unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(pointer), certificate.pointer) == 1,
        unsafe !sendsNames || SSL_CTX_add_client_CA(pointer, certificate.pointer) == 1
      else { throw .last("a certificate in it cannot be used", in: .authorities) }
    }
  }

  private static func key(in bytes: [UInt8]) throws(TLSError) -> OpaquePointer {
    ERR_clear_error()
    let key = unsafe withPEM(bytes) { unsafe PEM_read_bio_PrivateKey($0, nil, noPassword, nil) }
    if let key = unsafe key { return unsafe key }
    let reason = idgen_ERR_GET_REASON(ERR_peek_last_error())
    if reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_PROBLEMS_GETTING_PASSWORD {
      ERR_clear_error()
      throw TLSError("it is encrypted: a key without a password is required", in: .key)
    }
    // OpenSSL's decoders only say "unsupported".
    ERR_clear_error()
    let labels = pemLabels(in: bytes)
    let isAtEnd = idgen_ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    if isAtEnd, !labels.contains(where: { $0.hasSuffix("PRIVATE KEY") }) {
      throw .missing("key", in: .key, bytes)
    }
    if isAtEnd { ERR_clear_error() }
    throw .last("the key in it is damaged or cut off", in: .key)
  }
}

// MARK: - Application-Layer Protocol Negotiation, RFC 7301

extension TLSContext {
  /// Chooses `http/1.1` from the client's list. A client that offers only other protocols, such as
  /// `h2`, is refused; one that offers none is served.
  static let selectProtocol:
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
      UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
    ) -> CInt = { _, chosen, chosenCount, offered, offeredCount, _ in
      guard let chosen = unsafe chosen, let chosenCount = unsafe chosenCount,
        let offered = unsafe offered
      else { return SSL_TLSEXT_ERR_ALERT_FATAL }
      let http1 = Array("http/1.1".utf8)
      let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
      var start = 0
      // Each name follows its length in one byte.
      while start < list.count {
        let name = start + 1..<min(start + 1 + Int(unsafe list[start]), list.count)
        if unsafe list[name].elementsEqual(http1) {
          unsafe chosen.pointee = offered + name.lowerBound
          unsafe chosenCount.pointee = UInt8(name.count)
          return SSL_TLSEXT_ERR_OK
        }
        start = name.upperBound
      }
      return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
#endif
