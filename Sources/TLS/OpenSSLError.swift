#if TLS
internal import COpenSSL

/// Why OpenSSL has refused something.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
  /// For operators: what was done, and OpenSSL's reason.
  public let description: String

  init(_ description: String) { self.description = description }

  /// Takes the errors that OpenSSL has recorded on this thread, of which the first is the cause.
  ///
  /// - Parameter action: what failed, such as "the certificate cannot be read".
  static func last(_ action: String) -> TLSError {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
      return TLSError(action)
    }
    return TLSError("\(action): \(unsafe String(cString: reason))")
  }
}
#endif
