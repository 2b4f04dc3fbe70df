import Logging
import UV

// Certificates that change while the server runs.

extension Server {
  /// Starts to reload the files of TLS when they change, and logs each change.
  func watchCertificates() throws(UVError) {
    for (security, connections) in [
      (main.security, "connections of clients"), (storeSecurity, "connections to the store"),
    ] {
      try security?.watch(on: loop) { [unowned self] change in
        switch change {
        case .reloaded: logger.notice("new \(connections) use the TLS files that have changed")
        case .refused(let reason):
          logger.error(
            "new \(connections) use the last TLS files, not those that have changed: \(reason)")
        case .warned(let reason): logger.warning("\(reason)")
        }
      }
    }
  }
}
