#if TLS
internal import COpenSSL

// Uses what the files contain, and checks what OpenSSL does not.

extension TLSContext {
  /// Uses this certificate chain and its key.
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
    let key = unsafe try PEM.privateKey(in: identity.key)
    defer { unsafe EVP_PKEY_free(key) }
    // OpenSSL would only say that they do not match, and not that another one does.
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
    let certificates = try Certificate.all(in: bytes, of: .authorities)
    // The message has no room for more, and every handshake would fail. Without any name, clients
    // send the certificate that they have.
    let sendsNames =
      sendsNames && certificates.reduce(0) { $0 + $1.subjectByteCount } <= Self.nameBytes
    for certificate in certificates {
      guard
        unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(pointer), certificate.pointer) == 1,
        unsafe !sendsNames || SSL_CTX_add_client_CA(pointer, certificate.pointer) == 1
      else { throw .last("a certificate in it cannot be used", in: .authorities) }
    }
  }

  /// The room for the names of authorities: less than RFC 5246 §7.4.4 and RFC 8446 §4.2.4 allow.
  private static let nameBytes = 32_768
}
#endif
