#if TLS
import COpenSSL

@testable import TLS

/// What a client remembers of a connection, to resume it. The C type is `SSL_SESSION`.
@safe final class TLSSession {
  fileprivate let pointer: OpaquePointer

  fileprivate init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe SSL_SESSION_free(pointer) }
}

/// What only tests do with a connection.
extension TLSEngine {
  func resume(_ session: TLSSession) { unsafe _ = SSL_set_session(pointer, session.pointer) }

  /// What the client remembers by now: TLS 1.3 sends it after the handshake.
  var session: TLSSession? {
    guard let session = unsafe SSL_get1_session(pointer) else { return nil }
    return unsafe TLSSession(owning: session)
  }

  var isResumed: Bool { unsafe SSL_session_reused(pointer) == 1 }
  var version: String { unsafe String(cString: SSL_get_version(pointer)) }

  /// The protocol that the server has chosen: RFC 7301.
  var chosenProtocol: String {
    var bytes: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    unsafe SSL_get0_alpn_selected(pointer, &bytes, &count)
    return unsafe String(
      decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
  }

  /// Sends a KeyUpdate: RFC 8446 §4.6.3.
  func requestKeyUpdate() {
    unsafe _ = SSL_key_update(pointer, SSL_KEY_UPDATE_NOT_REQUESTED)
    unsafe _ = SSL_do_handshake(pointer)
  }

  /// Asks for a new handshake within the connection.
  ///
  /// - Returns: whether OpenSSL begins one.
  func renegotiate() -> Bool {
    unsafe SSL_renegotiate(pointer) == 1 && SSL_do_handshake(pointer) != 0
  }
}

extension TLSContext {
  /// The versions that a client offers, and the list of its protocols in the form of RFC 7301.
  func offer(
    versions: ClosedRange<Int32> = TLS1_2_VERSION...TLS1_3_VERSION, protocols: [String] = []
  ) {
    _ = unsafe SSL_CTX_ctrl(
      pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(versions.lowerBound), nil)
    _ = unsafe SSL_CTX_ctrl(
      pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(versions.upperBound), nil)
    // What OpenSSL no longer does by itself: TLS 1.1 needs it.
    if versions.lowerBound < TLS1_2_VERSION {
      unsafe SSL_CTX_set_security_level(pointer, 0)
    }
    let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    unsafe _ = SSL_CTX_set_alpn_protos(pointer, list, UInt32(list.count))
  }

  /// The number of sessions that the server remembers itself.
  var keptSessionCount: Int { unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SESS_NUMBER, 0, nil) }

  func allowRenegotiation() {
    unsafe _ = SSL_CTX_clear_options(pointer, noRenegotiation)
  }
}

/// `SSL_OP_NO_RENEGOTIATION`, a macro that Swift cannot import.
private let noRenegotiation: UInt64 = 1 << 30
#endif
