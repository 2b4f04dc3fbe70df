/// An answer of etcd's gateway whose status is not 200.
///
/// Up to etcd 3.5 the body has the text as `error` and as `message`, from 3.6 on as `message` only.
/// A proxy before etcd, or etcd for an unknown path, can answer with any body.
struct EtcdError: Error, Equatable, Sendable {
  /// What the client has to do about it.
  enum Meaning: Equatable, Sendable {
    /// The request had no token, an expired one, or one that etcd does not know: authenticate and
    /// retry. etcd's own client does so for the same three errors.
    case authenticationWanted
    /// The name or the password is wrong: a retry does not help.
    case credentialsRefused
    /// The user may not read or write this key.
    case permissionDenied
    /// Anything else; see the message.
    case other
  }

  /// The maximum length of a message, in Unicode scalars; a longer one is cut.
  static let messageLength = 200

  /// The HTTP status.
  let status: Int
  /// The gRPC code, `google.rpc.Code`; `nil` if the body has none.
  let code: Int?
  /// The message, for operators; the first bytes of the body if it has none. Control characters are
  /// replaced by spaces.
  let message: String

  init(status: Int, body: [UInt8]) {
    self.status = status
    let answer = try? JSONValue(parsing: body)
    // A streamed answer has its error as an object.
    let details = answer?["error"]?["message"] == nil ? answer : answer?["error"]
    code = (details?["code"] ?? details?["grpc_code"]).flatMap(Self.integer)
    let text = Self.text(details?["message"]) ?? Self.text(details?["error"])
    message = Self.shortened(text ?? String(decoding: body.prefix(1024), as: UTF8.self))
  }

  var meaning: Meaning {
    switch message {
    case "etcdserver: invalid auth token", "etcdserver: user name is empty",
      "etcdserver: revision of auth store is old", "auth: revision in header is old":
      return .authenticationWanted
    case "etcdserver: authentication failed, invalid user ID or password":
      return .credentialsRefused
    case "etcdserver: permission denied": return .permissionDenied
    default: break
    }
    // The gateway derives the status from the code: `HTTPStatusFromCode` in grpc-gateway.
    switch (code, status) {
    case (16, _), (nil, 401): return .authenticationWanted
    case (7, _), (nil, 403): return .permissionDenied
    default: return .other
    }
  }

  private static func text(_ value: JSONValue?) -> String? {
    guard case .string(let text) = value, !text.isEmpty else { return nil }
    return text
  }

  private static func integer(_ value: JSONValue) -> Int? {
    switch value {
    case .number(let text), .string(let text): Int(text)
    default: nil
    }
  }

  private static func shortened(_ text: String) -> String {
    var message = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(messageLength) {
      let isControl = scalar.properties.generalCategory == .control
      message.append(isControl ? " " : scalar)
    }
    return String(message)
  }
}
