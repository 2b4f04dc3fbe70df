#if TLS
internal import COpenSSL

// Application-Layer Protocol Negotiation, RFC 7301.

extension TLSContext {
  /// Chooses `http/1.1` from the client's list. A client that offers only other protocols, such as
  /// `h2`, is refused; one that offers none is served.
  static let selectProtocol:
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
      UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
    ) -> CInt = { _, chosen, chosenCount, offered, offeredCount, _ in
      guard let chosen = unsafe chosen, let chosenCount = unsafe chosenCount,
        let offered = unsafe offered
      else { return SSL_TLSEXT_ERR_ALERT_FATAL }
      let http1 = Array("http/1.1".utf8)
      let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
      var start = 0
      // Each name follows its length in one byte.
      while start < list.count {
        let name = start + 1..<min(start + 1 + Int(unsafe list[start]), list.count)
        if unsafe list[name].elementsEqual(http1) {
          unsafe chosen.pointee = offered + name.lowerBound
          unsafe chosenCount.pointee = UInt8(name.count)
          return SSL_TLSEXT_ERR_OK
        }
        start = name.upperBound
      }
      return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
#endif
