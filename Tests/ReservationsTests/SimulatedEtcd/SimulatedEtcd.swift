import Foundation
import HTTP1

/// A linearizable key-value store that answers like the JSON gateway of etcd 3.4, as far as the
/// service uses it. It shares no code with the service: its JSON and Base64 are Foundation's.
///
/// A copy of this value is a backup.
struct SimulatedEtcd {
  struct Entry: Equatable {
    var value: [UInt8]
    var createRevision: Int64
    var modRevision: Int64
    var version: Int64
  }

  /// The result of a request.
  struct Answer {
    var status: Int
    var body: String
    /// The value that it has written; `nil` if none.
    var written: (key: String, value: [UInt8])?
    /// Whether it is an answer about keys, which contains the revision, and not an error.
    var tellsRevision = false
  }

  var clusterID: UInt64 = 15_875_391_935_852_295_136
  private(set) var revision: Int64 = 1
  private(set) var entries: [String: Entry] = [:]

  /// The only user that may access the keys; `nil` if everybody may.
  var user: (name: String, password: String)?
  private var tokens: Set<String> = []
  private var tokenCount = 0

  mutating func expireTokens() { tokens = [] }

  /// Puts or deletes a key, as an operator does with `etcdctl`.
  mutating func put(_ key: String, _ value: [UInt8]) {
    revision += 1
    var entry =
      entries[key]
      ?? Entry(value: value, createRevision: revision, modRevision: revision, version: 0)
    entry.value = value
    entry.modRevision = revision
    entry.version += 1
    entries[key] = entry
  }

  mutating func delete(_ key: String) {
    if entries.removeValue(forKey: key) != nil { revision += 1 }
  }

  mutating func answer(_ request: HTTPRequest) -> Answer {
    guard request.method == .post,
      let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
    else { return Self.error(400, 3, "unexpected EOF") }
    if request.target == "/v3/auth/authenticate" { return authenticate(body) }
    if let refusal = refusal(of: request) { return refusal }
    switch request.target {
    case "/v3/kv/range": return range(body)
    case "/v3/kv/txn": return transaction(body)
    default: return Answer(status: 404, body: #"{"code":5,"message":"Not Found"}"#)
    }
  }

  static func error(_ status: Int, _ code: Int, _ message: String) -> Answer {
    Answer(
      status: status,
      body: #"{"error":"\#(message)","message":"\#(message)","code":\#(code)}"#)
  }
}

// MARK: - Keys

extension SimulatedEtcd {
  private func range(_ body: [String: Any]) -> Answer {
    guard let fields = rangeFields(body) else {
      return Self.error(400, 3, "etcdserver: key is not provided")
    }
    return Answer(status: 200, body: "{\(header)\(fields)}", tellsRevision: true)
  }

  /// `kvs` and `count`, each omitted if it is empty; `nil` if the request has no key.
  private func rangeFields(_ body: [String: Any]) -> String? {
    guard let key = Self.text(body["key"]), !key.isEmpty else { return nil }
    let end = Self.text(body["range_end"]) ?? ""
    let keys = end.isEmpty ? [key] : entries.keys.filter { key <= $0 && $0 < end }.sorted()
    let texts = keys.compactMap { key in entries[key].map { Self.text(of: $0, at: key) } }
    guard !texts.isEmpty else { return "" }
    return #","kvs":[\#(texts.joined(separator: ","))],"count":"\#(texts.count)""#
  }

  /// A transaction: comparisons, and one operation for each outcome.
  private mutating func transaction(_ body: [String: Any]) -> Answer {
    let comparisons = body["compare"] as? [[String: Any]] ?? []
    var isEqual = true
    for comparison in comparisons {
      guard let holds = holds(comparison) else {
        return Self.error(400, 3, "etcdserver: invalid compare")
      }
      isEqual = isEqual && holds
    }
    let operations = body[isEqual ? "success" : "failure"] as? [[String: Any]] ?? []
    var responses: [String] = []
    var written: (key: String, value: [UInt8])?
    for operation in operations {
      if let put = operation["request_put"] as? [String: Any], let key = Self.text(put["key"]) {
        let value = Self.bytes(put["value"])
        self.put(key, value)
        written = (key, value)
        responses.append(#"{"response_put":{"header":{"revision":"\#(revision)"}}}"#)
      } else if let range = operation["request_range"] as? [String: Any],
        let fields = rangeFields(range)
      {
        responses.append(
          #"{"response_range":{"header":{"revision":"\#(revision)"}\#(fields)}}"#)
      } else {
        return Self.error(400, 3, "etcdserver: key is not provided")
      }
    }
    let outcome = isEqual ? #","succeeded":true"# : ""
    let list = responses.isEmpty ? "" : #","responses":[\#(responses.joined(separator: ","))]"#
    return Answer(
      status: 200, body: "{\(header)\(outcome)\(list)}", written: written, tellsRevision: true)
  }

  /// `nil` if the service does not send it.
  private func holds(_ comparison: [String: Any]) -> Bool? {
    guard let key = Self.text(comparison["key"]) else { return nil }
    let target = comparison["target"] as? String
    if let end = Self.text(comparison["range_end"]) {
      guard comparison["result"] as? String == "LESS", target == "CREATE" else { return nil }
      let revision = Self.number(comparison["create_revision"])
      return entries.allSatisfy {
        !(key <= $0.key && $0.key < end) || $0.value.createRevision < revision
      }
    }
    guard comparison["result"] as? String == "EQUAL" else { return nil }
    switch target {
    case "CREATE":
      return (entries[key]?.createRevision ?? 0) == Self.number(comparison["create_revision"])
    case "MOD": return (entries[key]?.modRevision ?? 0) == Self.number(comparison["mod_revision"])
    default: return nil
    }
  }

  private var header: String {
    #""header":{"cluster_id":"\#(clusterID)","member_id":"7383792418829112008","revision":"\#(revision)","raft_term":"2"}"#
  }

  private static func text(of entry: Entry, at key: String) -> String {
    let names =
      #"{"key":"\#(Data(key.utf8).base64EncodedString())","create_revision":"#
      + #""\#(entry.createRevision)","mod_revision":"\#(entry.modRevision)","#
      + #""version":"\#(entry.version)""#
    let value = Data(entry.value).base64EncodedString()
    return value.isEmpty ? "\(names)}" : #"\#(names),"value":"\#(value)"}"#
  }

  private static func bytes(_ value: Any?) -> [UInt8] {
    (value as? String).flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? []
  }

  private static func text(_ value: Any?) -> String? {
    value == nil ? nil : String(decoding: bytes(value), as: UTF8.self)
  }

  private static func number(_ value: Any?) -> Int64 {
    (value as? String).flatMap { Int64($0) } ?? 0
  }
}

// MARK: - Users

extension SimulatedEtcd {
  private mutating func authenticate(_ body: [String: Any]) -> Answer {
    guard let user else { return Self.error(412, 9, "etcdserver: authentication is not enabled") }
    guard body["name"] as? String == user.name, body["password"] as? String == user.password else {
      return Self.error(
        400, 3, "etcdserver: authentication failed, invalid user ID or password")
    }
    tokenCount += 1
    let token = "PwKrQkJAyLRRMfkm.\(tokenCount)"
    tokens.insert(token)
    return Answer(status: 200, body: #"{\#(header),"token":"\#(token)"}"#)
  }

  private func refusal(of request: HTTPRequest) -> Answer? {
    guard user != nil else { return nil }
    guard let token = request.authorization else {
      return Self.error(400, 3, "etcdserver: user name is empty")
    }
    return tokens.contains(token) ? nil : Self.error(401, 16, "etcdserver: invalid auth token")
  }
}
