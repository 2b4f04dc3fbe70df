public import UV

/// The files of TLS, in PEM.
public struct TLSConfiguration: Equatable, Sendable {
  /// The certificate, followed by those of its authorities.
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

/// Makes the filters of connections, by a certificate that can change while the server runs.
public protocol ServerSecurity: StreamSecurity {
  /// The time until which the certificate holds, in seconds since 1970.
  var expiryUnixSeconds: Int64 { get }

  /// Looks at the files every few seconds, and uses those that have changed for new connections.
  ///
  /// - Parameter didChange: called when files that have changed are used, and once for each reason
  ///   for which they cannot be, or for which peers refuse what is used.
  func watch(on loop: Loop, didChange: @escaping (CertificateChange) -> Void) throws(UVError)

  /// Stops looking at the files.
  func close()
}

/// What has become of the files of certificates. The texts name the setting, the file and the
/// reason.
public enum CertificateChange {
  /// New connections use files that have changed.
  case taken
  /// Files that have changed cannot be used; new connections use the last ones that could.
  case refused(String)
  /// The certificate is used, but peers refuse it.
  case warned(String)
}
