import IDServer

/// The settings of TLS.
struct TLSSettings: Sendable {
  var certificateFile: String?
  var keyFile: String?
  var clientAuthoritiesFile: String?

  /// `nil` to serve without TLS.
  var configuration: TLSConfiguration? {
    guard let certificateFile, let keyFile else { return nil }
    return TLSConfiguration(
      certificateFile: certificateFile, keyFile: keyFile,
      clientAuthoritiesFile: clientAuthoritiesFile)
  }
}
