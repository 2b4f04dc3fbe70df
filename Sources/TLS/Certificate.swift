#if TLS
internal import COpenSSL

/// A certificate. The C type is `X509`.
@safe
final class Certificate {
  let pointer: OpaquePointer

  private init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe X509_free(pointer) }

  /// The certificates in a file's bytes, one or more. Anything else, such as a key, is ignored.
  static func all(
    in bytes: [UInt8], of file: TLSFiles.Kind
  ) throws(TLSError) -> [Certificate] {
    ERR_clear_error()
    var certificates: [Certificate] = []
    unsafe PEM.read(bytes) { bio in
      while let pointer = unsafe PEM_read_bio_X509(bio, nil, PEM.noPassword, nil) {
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
  /// The times at which it becomes valid and expires, in seconds since 1970.
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

  /// The length of the subject in DER, with two bytes for the length itself.
  var subjectByteCount: Int {
    unsafe Int(i2d_X509_NAME(X509_get_subject_name(pointer), nil)) + 2
  }

  /// Whether `issuer` has issued it, by name and key identifier. The C function is
  /// `X509_check_issued`.
  func isIssued(by issuer: Certificate) -> Bool {
    unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK
  }
}
#endif
