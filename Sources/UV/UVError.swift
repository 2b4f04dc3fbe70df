internal import CLibUV

/// An error that libuv reported, by its code.
public struct UVError: Error, Hashable, Sendable {
  /// One of libuv's `UV_E…` codes: negative, and on Unix the negated `errno`.
  public let code: Int32

  public init(code: Int32) {
    self.code = code
  }

  /// There is no memory: `ENOMEM`.
  public static var noMemory: UVError { UVError(code: UV_ENOMEM.rawValue) }

  /// The peer's bytes are not what the protocol allows: `EPROTO`.
  public static var badProtocol: UVError { UVError(code: UV_EPROTO.rawValue) }

  /// The connection has ended too early: `ECONNRESET`.
  public static var connectionReset: UVError { UVError(code: UV_ECONNRESET.rawValue) }

  /// No address has that name: `EAI_NONAME`.
  public static var unknownName: UVError { UVError(code: UV_EAI_NONAME.rawValue) }

  /// Whether the error means that the system has no IPv6, or has it disabled.
  public var meansNoIPv6: Bool {
    code == UV_EAFNOSUPPORT.rawValue || code == UV_EADDRNOTAVAIL.rawValue
  }

  /// Whether the error means that another socket has the address.
  public var meansAddressInUse: Bool { code == UV_EADDRINUSE.rawValue }

  /// Whether the error means that bytes would have had to be queued: see
  /// ``TCPStream/write(_:shared:mayQueue:)``.
  public var meansNoRoom: Bool { code == UV_ENOBUFS.rawValue }

  /// The code's name, such as `EADDRINUSE`. The C function is `uv_err_name`.
  public var name: String { unsafe String(cString: uv_err_name(code)) }

  /// What the code means, such as `address already in use`. The C function is `uv_strerror`.
  public var message: String { unsafe String(cString: uv_strerror(code)) }
}

extension UVError: CustomStringConvertible {
  public var description: String { "\(message) (\(name))" }
}

/// Returns the status of a call to libuv if it is 0 or more, and throws it as an error otherwise.
@discardableResult
func check(_ status: CInt) throws(UVError) -> CInt {
  guard status >= 0 else { throw UVError(code: status) }
  return status
}
