#if TLS
import TLS
import TestSupport

extension Certificates {
  /// The certificate and the key of ``makeFiles(_:names:days:authority:)``.
  func make(
    _ name: String, names: String? = "DNS:localhost,IP:127.0.0.1", days: Int = 2,
    authority: String = "authority"
  ) throws -> TLSContext.Identity {
    try makeFiles(name, names: names, days: days, authority: authority)
    return TLSContext.Identity(
      certificates: try read("\(name).pem"), key: try read("\(name).key"))
  }
}
#endif
