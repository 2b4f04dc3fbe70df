/// A request to etcd's JSON gateway, `POST` with a body in JSON: etcd 3.4 and later.
///
/// The fields are those of etcd's `rpc.proto` in ProtoJSON: bytes in Base64, 64-bit integers as
/// strings.
struct EtcdRequest: Equatable, Sendable {
  let path: String
  let body: [UInt8]

  private init(path: String, _ body: JSONValue) {
    self.path = path
    self.body = body.bytes
  }

  /// Reads the entries of the keys in [`key`, `rangeEnd`), or of `key` alone if `rangeEnd` is `nil`
  /// or empty. The answer is an ``EtcdRangeAnswer``.
  ///
  /// The read is linearizable: it sees every write that was acknowledged before it. A member that
  /// lags behind would answer a serializable read with old data.
  static func range(from key: [UInt8], to rangeEnd: [UInt8]?) -> EtcdRequest {
    var members: [String: JSONValue] = ["key": .base64(key)]
    if let rangeEnd { members["range_end"] = .base64(rangeEnd) }
    return EtcdRequest(path: "/v3/kv/range", .object(members))
  }

  /// The condition under which a key is written.
  enum Expectation: Equatable, Sendable {
    /// The key does not exist: its `create_revision` is 0.
    case absent
    /// The key was written last at this revision, 1 or more: its `mod_revision`.
    case revision(Int64)
  }

  /// The keys in [`start`, `end`), of which none may have been created after a revision.
  struct KnownKeys: Equatable, Sendable {
    var start: [UInt8]
    var end: [UInt8]
    var revision: Int64
  }

  /// Writes a value if the expectation holds, and no key of `known` was created after its revision.
  /// If not, it reads the key. All of that is one transaction. The answer is an
  /// ``EtcdSwapAnswer``.
  static func compareAndSwap(
    _ key: [UInt8], expected: Expectation, known: KnownKeys? = nil, value: [UInt8]
  ) -> EtcdRequest {
    var comparison: [String: JSONValue] = ["key": .base64(key), "result": .string("EQUAL")]
    switch expected {
    case .absent:
      comparison["target"] = .string("CREATE")
      comparison["create_revision"] = .string("0")
    case .revision(let revision):
      comparison["target"] = .string("MOD")
      comparison["mod_revision"] = .string(String(revision))
    }
    var comparisons: [JSONValue] = [.object(comparison)]
    if let known {
      comparisons.append(
        .object([
          "key": .base64(known.start), "range_end": .base64(known.end),
          "target": .string("CREATE"), "result": .string("LESS"),
          "create_revision": .string(String(known.revision + 1)),
        ]))
    }
    let put: JSONValue = .object(["key": .base64(key), "value": .base64(value)])
    let range: JSONValue = .object(["key": .base64(key)])
    return EtcdRequest(
      path: "/v3/kv/txn",
      .object([
        "compare": .array(comparisons),
        "success": .array([.object(["request_put": put])]),
        "failure": .array([.object(["request_range": range])]),
      ]))
  }

  /// Requests a token, which later requests send in the field `Authorization`. The answer is an
  /// ``EtcdTokenAnswer``.
  static func authenticate(name: String, password: String) -> EtcdRequest {
    EtcdRequest(
      path: "/v3/auth/authenticate",
      .object(["name": .string(name), "password": .string(password)]))
  }
}

extension JSONValue {
  fileprivate static func base64(_ bytes: [UInt8]) -> JSONValue {
    .string(String(decoding: Base64.encode(bytes), as: UTF8.self))
  }
}
