import Reservations

#if TLS
public import IDServer
public import TLS
public import UV

extension TLSCredentials: ServerSecurity {
  public func watch(on loop: Loop, didChange: @escaping (String?) -> Void) throws(UVError) {
    try watch(on: loop) { change in
      switch change {
      case .taken: didChange(nil)
      case .refused(let error): didChange(error.description)
      }
    }
  }
}
#else
import IDServer
import UV
#endif

/// Makes the TLS that a configuration asks for.
///
/// This is the one place that depends on whether the program is built with TLS.
enum Security {
  /// For clients of the server; `nil` if it serves without TLS.
  static func server(_ configuration: TLSConfiguration?) throws(Exit) -> (any ServerSecurity)? {
    guard let configuration else { return nil }
    #if TLS
    let files = TLSFiles(
      identity: TLSFiles.Identity(
        certificates: configuration.certificateFile, key: configuration.keyFile),
      authorities: configuration.clientAuthoritiesFile)
    return try make("TLS_CERTIFICATE_FILE") { () throws(TLSError) in try .server(files) }
    #else
    throw missing("TLS_CERTIFICATE_FILE")
    #endif
  }

  /// For connections to the store; `nil` if it is reached without TLS.
  static func store(_ configuration: StoreConfiguration?) throws(Exit) -> (any ServerSecurity)? {
    guard let configuration = configuration?.tls else { return nil }
    #if TLS
    var files = TLSFiles(authorities: configuration.authoritiesFile)
    if let certificates = configuration.certificateFile, let key = configuration.keyFile {
      files.identity = TLSFiles.Identity(certificates: certificates, key: key)
    }
    return try make("ETCD_ENDPOINTS with https://") { () throws(TLSError) in try .client(files) }
    #else
    throw missing("ETCD_ENDPOINTS with https://")
    #endif
  }

  /// For the health check of a server with this configuration, whose certificate it must have;
  /// `nil` if it serves without TLS.
  static func health(_ configuration: TLSConfiguration?) throws(Exit) -> (any StreamFilter)? {
    guard let configuration else { return nil }
    #if TLS
    let files = TLSFiles(
      identity: TLSFiles.Identity(
        certificates: configuration.certificateFile, key: configuration.keyFile),
      authorities: configuration.certificateFile)
    let security = try make("TLS_CERTIFICATE_FILE") { () throws(TLSError) in try .client(files) }
    do throws(UVError) {
      // The certificate is the server's own, whatever name it has.
      return try security.makeFilter(host: nil)
    } catch {
      throw Exit(.systemError, "\(error)")
    }
    #else
    throw missing("TLS_CERTIFICATE_FILE")
    #endif
  }

  #if TLS
  private static func make(
    _ setting: String, _ body: () throws(TLSError) -> TLSCredentials
  ) throws(Exit) -> TLSCredentials {
    do throws(TLSError) {
      return try body()
    } catch {
      throw Exit(.usage, "\(setting): \(error)")
    }
  }
  #else
  private static func missing(_ setting: String) -> Exit {
    Exit(
      .usage,
      "\(setting) needs TLS, and this program is built without it: "
        + "swift build --traits TLS builds it with TLS")
  }
  #endif
}
