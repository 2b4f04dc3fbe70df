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
  /// - Parameter didChange: called when files are used, with `nil`, and once for each reason for
  ///   which they cannot be.
  func watch(on loop: Loop, didChange: @escaping (String?) -> Void) throws(UVError)

  /// Stops looking at the files.
  func close()
}
