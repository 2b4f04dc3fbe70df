import Reservations

#if TLS
public import IDServer
public import TLS
public import UV

extension TLSCredentials: ReloadingSecurity {
  public func watch(
    on loop: Loop, didChange: @escaping (CertificateChange) -> Void
  ) throws(UVError) {
    try watch(on: loop) { (change: Change) in
      switch change {
      case .reloaded: didChange(.reloaded)
      case .refused(let error): didChange(.refused(error.description))
      case .warned(let error): didChange(.warned(error.description))
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
  static func server(_ configuration: TLSConfiguration?) throws(Exit) -> (any ReloadingSecurity)? {
    guard let configuration else { return nil }
    #if TLS
    return try make { () throws(TLSError) in
      try .server(
        TLSFiles(
          identity: identity(configuration),
          authorities: configuration.clientAuthoritiesFile
            .map { TLSFiles.File(setting: "TLS_CLIENT_CA_FILE", path: $0) }))
    }
    #else
    throw missing("TLS_CERTIFICATE_FILE")
    #endif
  }

  /// For connections to the store; `nil` if it is reached without TLS.
  static func store(_ configuration: StoreConfiguration?) throws(Exit) -> (any ReloadingSecurity)? {
    guard let configuration = configuration?.tls else { return nil }
    #if TLS
    guard configuration.authoritiesFile != nil || SystemAuthorities.exist else {
      let places = SystemAuthorities.places
      throw Exit(
        .usage,
        "ETCD_ENDPOINTS with https:// needs ETCD_CA_FILE: this system has no certificates of "
          + "authorities in \(places.file) or \(places.folder)")
    }
    var files = TLSFiles(
      authorities: configuration.authoritiesFile
        .map { TLSFiles.File(setting: "ETCD_CA_FILE", path: $0) })
    if let certificates = configuration.certificateFile, let key = configuration.keyFile {
      files.identity = TLSFiles.Identity(
        certificates: TLSFiles.File(setting: "ETCD_CERTIFICATE_FILE", path: certificates),
        key: TLSFiles.File(setting: "ETCD_KEY_FILE", path: key))
    }
    return try make { () throws(TLSError) in try .client(files) }
    #else
    throw missing("ETCD_ENDPOINTS with https://")
    #endif
  }

  /// For the health check of a server with this configuration, whose certificate it must have;
  /// `nil` if it serves without TLS.
  static func health(_ configuration: TLSConfiguration?) throws(Exit) -> (any StreamFilter)? {
    guard let configuration else { return nil }
    #if TLS
    let identity = identity(configuration)
    let files = TLSFiles(identity: identity, authorities: identity.certificates)
    let security = try make { () throws(TLSError) in try .healthCheck(files) }
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
  private static func identity(_ configuration: TLSConfiguration) -> TLSFiles.Identity {
    TLSFiles.Identity(
      certificates: TLSFiles.File(
        setting: "TLS_CERTIFICATE_FILE", path: configuration.certificateFile),
      key: TLSFiles.File(setting: "TLS_KEY_FILE", path: configuration.keyFile))
  }

  private static func make(_ body: () throws(TLSError) -> TLSCredentials) throws(Exit)
    -> TLSCredentials
  {
    do throws(TLSError) {
      return try body()
    } catch {
      throw Exit(.usage, "\(error)")
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
