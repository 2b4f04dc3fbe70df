/// An answer of etcd's gateway whose status is not 200.
///
/// Up to etcd 3.5 the body has the text as `error` and as `message`, from 3.6 on as `message` only.
/// What stands before etcd, or a path that it does not know, can answer with any body.
struct EtcdError: Error, Equatable, Sendable {
  /// What it means for whoever asked.
  enum Meaning: Equatable, Sendable {
    /// The request had no token, or one that has expired or that etcd does not know: authenticate,
    /// and ask again. etcd's own client does so for the same three errors.
    case authenticationWanted
    /// The name or the password is wrong: to try again is of no use.
    case credentialsRefused
    /// The user may not read or write this key.
    case permissionDenied
    /// Anything else: the message says what.
    case other
  }

  /// The longest message that is kept, in Unicode scalars.
  static let messageLength = 200

  /// Of HTTP.
  let status: Int
  /// Of gRPC: `google.rpc.Code`. `nil` if the body has none.
  let code: Int?
  /// For people. The beginning of the body, if that has no message; control characters are replaced
  /// by spaces.
  let message: String

  init(status: Int, body: [UInt8]) {
    self.status = status
    let answer = try? JSONValue(parsing: body)
    // An answer of many parts has its error as an object.
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
    // The gateway makes its status of the code: `HTTPStatusFromCode` in grpc-gateway.
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
