public import IDServer
public import UV

#if TLS
public import TLS

extension TLSServer: ServerSecurity {
  public func watch(on loop: Loop, didChange: @escaping (String?) -> Void) throws(UVError) {
    try watch(on: loop) { change in
      switch change {
      case .taken: didChange(nil)
      case .refused(let error): didChange(error.description)
      }
    }
  }
}
#endif

/// The TLS of the server, if it is configured.
///
/// This is the one place that depends on whether the program is built with TLS.
func makeSecurity(_ configuration: TLSConfiguration?) throws(Exit) -> (any ServerSecurity)? {
  guard let configuration else { return nil }
  #if TLS
  let files = TLSFiles(
    identity: TLSFiles.Identity(
      certificates: configuration.certificateFile, key: configuration.keyFile),
    authorities: configuration.clientAuthoritiesFile)
  do throws(TLSError) {
    return try TLSServer(files)
  } catch {
    throw Exit(.usage, "TLS_CERTIFICATE_FILE and TLS_KEY_FILE: \(error)")
  }
  #else
  throw Exit(
    .usage,
    "TLS_CERTIFICATE_FILE is \(configuration.certificateFile.quoted): this program is built "
      + "without TLS. Build it with the trait TLS: swift build --traits TLS")
  #endif
}
