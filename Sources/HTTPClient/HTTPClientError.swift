public import HTTP1
public import UV

/// Why a request has no response.
public enum HTTPClientError: Error, Hashable, Sendable {
  /// The server has received nothing of the request.
  case notSent(Reason)
  /// The server may or may not have acted on the request.
  case outcomeUnknown(Reason)

  public enum Reason: Error, Hashable {
    /// Another request of the same client is in progress.
    case busy
    case timedOut(milliseconds: UInt64)
    /// The name was not found, no address accepted the connection, or the connection failed.
    case connection(UVError)
    /// TLS has failed, for this reason: in the handshake or later.
    case security(String)
    /// The server has accepted the connection, and ended it during the handshake.
    case handshake(UVError)
    /// The response is malformed or incomplete.
    case response(ResponseError)
  }

  public var reason: Reason {
    switch self {
    case .notSent(let reason), .outcomeUnknown(let reason): reason
    }
  }
}

extension HTTPClientError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notSent(let reason): "not sent: \(reason)"
    case .outcomeUnknown(let reason): "outcome unknown: \(reason)"
    }
  }
}

extension HTTPClientError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .busy: "another request is in progress"
    case .timedOut(let milliseconds): "no answer within \(milliseconds) ms"
    case .connection(let error): "\(error)"
    case .security(let reason): reason
    case .handshake(let error):
      "the handshake of TLS failed, as with a server without TLS: \(error)"
    case .response(let error): "\(error)"
    }
  }
}
