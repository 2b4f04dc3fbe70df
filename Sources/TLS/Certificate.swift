#if TLS
internal import COpenSSL

/// A certificate. The C type is `X509`.
@safe
final class Certificate {
  let pointer: OpaquePointer

  private init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe X509_free(pointer) }

  /// The certificates in a file's bytes, one or more.
  ///
  /// - Parameter name: what the file has, for errors.
  static func all(in bytes: [UInt8], _ name: String) throws(TLSError) -> [Certificate] {
    ERR_clear_error()
    var certificates: [Certificate] = []
    unsafe withPEM(bytes) { bio in
      while let pointer = unsafe PEM_read_bio_X509(bio, nil, noPassword, nil) {
        certificates.append(unsafe Certificate(owning: pointer))
      }
    }
    // After the last certificate, OpenSSL finds no further beginning of one.
    let isAtEnd = idgen_ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
    guard isAtEnd else { throw .last("\(name) cannot be read") }
    ERR_clear_error()
    guard !certificates.isEmpty else {
      throw TLSError("\(name): there is no certificate in PEM in it")
    }
    return certificates
  }
}

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
#endif
