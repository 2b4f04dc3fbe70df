#if TLS
internal import COpenSSL

/// Why TLS has failed, or why its files cannot be used.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
  /// For operators: what failed, and OpenSSL's reason.
  public let description: String
  /// The file at fault, until ``TLSFiles/naming(_:)`` has put its name into the description.
  let file: TLSFiles.Kind?
  /// Whether the peer has sent a request of HTTP in place of a handshake.
  private(set) var isPlainHTTP = false

  init(_ description: String, in file: TLSFiles.Kind? = nil) {
    self.description = description
    self.file = file
  }

  /// Takes the errors that OpenSSL has recorded on this thread, of which the first is the cause.
  ///
  /// - Parameter action: what failed, such as "the certificate cannot be read".
  static func last(_ action: String, in file: TLSFiles.Kind? = nil) -> TLSError {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
      return TLSError(action, in: file)
    }
    var error = TLSError("\(action): \(unsafe String(cString: reason))", in: file)
    error.isPlainHTTP = idgen_ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST
    return error
  }
}
#endif
