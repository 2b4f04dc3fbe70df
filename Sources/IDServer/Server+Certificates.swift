import Logging
import UV

// Certificates that change while the server runs.

extension Server {
  /// Uses the files that change, and logs what has become of them.
  func watchCertificates() throws(UVError) {
    for (security, connections) in [
      (main.security, "connections of clients"), (storeSecurity, "connections to the store"),
    ] {
      try security?.watch(on: loop) { [unowned self] change in
        switch change {
        case .taken: logger.notice("new \(connections) use the TLS files that have changed")
        case .refused(let reason):
          logger.error(
            "new \(connections) use the last TLS files, not those that have changed: \(reason)")
        case .warned(let reason): logger.warning("\(reason)")
        }
      }
    }
  }
}
