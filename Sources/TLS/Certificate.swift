#if TLS
internal import COpenSSL

/// A certificate. The C type is `X509`.
@safe
final class Certificate {
  let pointer: OpaquePointer

  private init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe X509_free(pointer) }

  /// The certificates in a file's bytes, one or more. Other things between them are passed over,
  /// such as a key.
  static func all(
    in bytes: [UInt8], of file: TLSFiles.Kind
  ) throws(TLSError) -> [Certificate] {
    ERR_clear_error()
    var certificates: [Certificate] = []
    unsafe withPEM(bytes) { bio in
      while let pointer = unsafe PEM_read_bio_X509(bio, nil, noPassword, nil) {
        certificates.append(unsafe Certificate(owning: pointer))
      }
    }
    // After the last certificate, OpenSSL finds no further beginning of one.
    let isAtEnd = idgen_ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    guard isAtEnd else {
      throw .last("certificate \(certificates.count + 1) in it is damaged or cut off", in: file)
    }
    ERR_clear_error()
    guard !certificates.isEmpty else { throw .missing("certificate", in: file, bytes) }
    return certificates
  }
}

// MARK: - Validity

extension Certificate {
  /// The times from which and until which it holds, in seconds since 1970.
  var validityUnixSeconds: (start: Int64, end: Int64) {
    unsafe (
      Self.unixSeconds(X509_get0_notBefore(pointer)), Self.unixSeconds(X509_get0_notAfter(pointer))
    )
  }

  /// 0 for a time that cannot be read.
  private static func unixSeconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    var (days, seconds): (CInt, CInt) = (0, 0)
    let start = unsafe ASN1_TIME_set(nil, 0)
    defer { unsafe ASN1_TIME_free(start) }
    guard unsafe ASN1_TIME_diff(&days, &seconds, start, time) == 1 else { return 0 }
    return Int64(days) * 86_400 + Int64(seconds)
  }

  /// Whether `issuer` has issued it, by name and key identifier. The C function is
  /// `X509_check_issued`.
  func isIssued(by issuer: Certificate) -> Bool {
    unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK
  }
}

// MARK: - PEM

/// Calls `body` with a BIO that reads these bytes.
func withPEM<Result>(_ bytes: [UInt8], _ body: (OpaquePointer?) -> Result) -> Result {
  unsafe bytes.withUnsafeBytes {
    let bio = unsafe BIO_new_mem_buf($0.baseAddress, CInt($0.count))
    defer { unsafe BIO_free(bio) }
    return unsafe body(bio)
  }
}

/// Gives OpenSSL no password: it would ask for one on the terminal.
let noPassword:
  @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?) -> CInt = {
    _, _, _, _ in -1
  }

/// What stands after each `-----BEGIN`, such as `PRIVATE KEY`. OpenSSL's last error says why there
/// is no further one: `PEM_R_NO_START_LINE` at the end.
func pemLabels(in bytes: [UInt8]) -> [String] {
  var labels: [String] = []
  unsafe withPEM(bytes) { bio in
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

extension TLSError {
  /// A file has no certificate, or no key, but perhaps something else.
  static func missing(
    _ content: String, in file: TLSFiles.Kind, _ bytes: [UInt8]
  ) -> TLSError {
    // A structure of ASN.1, in bytes that no text has.
    let isDER = bytes.first == 0x30 && bytes.contains { $0 == 0 || $0 >= 0x80 }
    let found = isDER ? ": it is in DER" : pemLabels(in: bytes).first.map { ", but a \($0)" }
    ERR_clear_error()
    return TLSError("there is no \(content) in PEM in it\(found ?? "")", in: file)
  }
}
#endif
