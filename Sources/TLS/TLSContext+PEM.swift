#if TLS
internal import COpenSSL

// Certificates and keys in PEM, RFC 7468.

extension TLSContext {
  /// Uses this certificate, its chain and its key.
  func use(_ identity: Identity) throws(TLSError) {
    let certificates = try Certificate.all(in: identity.certificates, "the certificate")
    for (index, certificate) in certificates.enumerated() {
      let isUsed =
        unsafe index == 0
        ? SSL_CTX_use_certificate(pointer, certificate.pointer)
        : CInt(idgen_SSL_CTX_add1_chain_cert(pointer, certificate.pointer))
      guard isUsed == 1 else { throw .last("certificate \(index + 1) cannot be used") }
    }
    let key = unsafe try Self.key(in: identity.key)
    defer { unsafe EVP_PKEY_free(key) }
    guard unsafe SSL_CTX_use_PrivateKey(pointer, key) == 1,
      unsafe SSL_CTX_check_private_key(pointer) == 1
    else { throw .last("the key is not that of the certificate") }
  }

  /// Trusts the authorities whose certificates are in `bytes`.
  ///
  /// - Parameter sendsNames: whether clients are told the names of these authorities.
  func trust(_ bytes: [UInt8], sendsNames: Bool) throws(TLSError) {
    for certificate in try Certificate.all(in: bytes, "the authorities' certificates") {
      guard
        unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(pointer), certificate.pointer) == 1,
        unsafe !sendsNames || SSL_CTX_add_client_CA(pointer, certificate.pointer) == 1
      else { throw .last("a certificate of an authority cannot be used") }
    }
  }

  private static func key(in bytes: [UInt8]) throws(TLSError) -> OpaquePointer {
    ERR_clear_error()
    let key = unsafe withPEM(bytes) { unsafe PEM_read_bio_PrivateKey($0, nil, noPassword, nil) }
    guard let key = unsafe key else {
      let reason = idgen_ERR_GET_REASON(ERR_peek_last_error())
      if reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_PROBLEMS_GETTING_PASSWORD {
        ERR_clear_error()
        throw TLSError("the key is encrypted: one without a password is required")
      }
      throw .last("the key cannot be read")
    }
    return unsafe key
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
