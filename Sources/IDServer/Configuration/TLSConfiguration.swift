public import UV

/// The files of TLS, in PEM.
public struct TLSConfiguration: Equatable, Sendable {
  /// The certificate chain, that of the server first.
  public var certificateFile: String
  public var keyFile: String
  /// The authorities of which one must have signed a client's certificate; `nil` to ask clients for
  /// none.
  public var clientAuthoritiesFile: String?

  public init(certificateFile: String, keyFile: String, clientAuthoritiesFile: String? = nil) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    self.clientAuthoritiesFile = clientAuthoritiesFile
  }
}

/// Makes the filters of connections from files that it reloads when they change.
public protocol ReloadingSecurity: StreamSecurity {
  /// The time at which the first certificate of the chain expires, in seconds since 1970.
  var expiryUnixSeconds: Int64 { get }

  /// Checks the files every few seconds, and reloads them for new connections when they change.
  ///
  /// - Parameter didChange: called for each reload, and once for each error and each warning.
  func watch(on loop: Loop, didChange: @escaping (CertificateChange) -> Void) throws(UVError)

  /// Stops checking the files.
  func close()
}

/// A report on the files of TLS. The texts name the setting, the file and the reason.
public enum CertificateChange {
  /// New connections use files that have changed.
  case reloaded
  /// Files that have changed cannot be used; new connections use the last ones that could.
  case refused(String)
  /// The certificate is used, but has expired or is not valid yet, so peers refuse it.
  case warned(String)
}
