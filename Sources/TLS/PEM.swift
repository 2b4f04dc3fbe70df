#if TLS
internal import COpenSSL

/// The text form of certificates and keys: RFC 7468.
enum PEM {
  /// Calls `body` with a BIO that reads these bytes.
  static func read<Result>(_ bytes: [UInt8], _ body: (OpaquePointer?) -> Result) -> Result {
    unsafe bytes.withUnsafeBytes {
      let bio = unsafe BIO_new_mem_buf($0.baseAddress, CInt($0.count))
      defer { unsafe BIO_free(bio) }
      return unsafe body(bio)
    }
  }

  /// Gives OpenSSL no password: it would ask for one on the terminal.
  static let noPassword:
    @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?) -> CInt = {
      _, _, _, _ in -1
    }

  /// Reads the first private key. The caller frees it. The C type is `EVP_PKEY`.
  static func privateKey(in bytes: [UInt8]) throws(TLSError) -> OpaquePointer {
    ERR_clear_error()
    let key = unsafe read(bytes) { unsafe PEM_read_bio_PrivateKey($0, nil, noPassword, nil) }
    if let key = unsafe key { return unsafe key }
    let reason = idgen_ERR_GET_REASON(ERR_peek_last_error())
    if reason == PEM_R_BAD_PASSWORD_READ || reason == PEM_R_PROBLEMS_GETTING_PASSWORD {
      ERR_clear_error()
      throw TLSError("it is encrypted: a key without a password is required", in: .key)
    }
    // OpenSSL's decoders only say "unsupported".
    ERR_clear_error()
    let labels = labels(in: bytes)
    let isAtEnd = idgen_ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    if isAtEnd, !labels.contains(where: { $0.hasSuffix("PRIVATE KEY") }) {
      throw .missing("key", in: .key, bytes)
    }
    if isAtEnd { ERR_clear_error() }
    throw .last("the key in it is damaged or cut off", in: .key)
  }

  /// What follows each `-----BEGIN`, such as `PRIVATE KEY`. OpenSSL's last error then says why
  /// there is no further one: `PEM_R_NO_START_LINE` at the end.
  static func labels(in bytes: [UInt8]) -> [String] {
    var labels: [String] = []
    unsafe read(bytes) { bio in
      var name: UnsafeMutablePointer<CChar>?
      var header: UnsafeMutablePointer<CChar>?
      var data: UnsafeMutablePointer<UInt8>?
      var count = 0
      while unsafe PEM_read_bio(bio, &name, &header, &data, &count) == 1 {
        if let name = unsafe name { labels.append(unsafe String(cString: name)) }
        unsafe CRYPTO_free(name, nil, 0)
        unsafe CRYPTO_free(header, nil, 0)
        unsafe CRYPTO_free(data, nil, 0)
      }
    }
    return labels
  }
}

extension TLSError {
  /// A file has no certificate, or no key, but perhaps something else.
  static func missing(
    _ content: String, in file: TLSFiles.Kind, _ bytes: [UInt8]
  ) -> TLSError {
    // A structure of ASN.1, in bytes that no text has.
    let isDER = bytes.first == 0x30 && bytes.contains { $0 == 0 || $0 >= 0x80 }
    let found = isDER ? ": it is in DER" : PEM.labels(in: bytes).first.map { ", but a \($0)" }
    ERR_clear_error()
    return TLSError("there is no \(content) in PEM in it\(found ?? "")", in: file)
  }
}
#endif
