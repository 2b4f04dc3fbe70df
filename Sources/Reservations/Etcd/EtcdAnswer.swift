/// The header of every answer: `ResponseHeader` in etcd's `rpc.proto`.
///
/// The gateway omits fields that are zero. These three are never zero, so an answer without one of
/// them is not etcd's and is refused: `{}` must not mean that there are no keys.
///
/// etcd derives `cluster_id` from the members' addresses and the cluster's token. A cluster that
/// was set up again with the same ones has the same ID; only the revision shows that its data is
/// lost.
struct EtcdHeader: Equatable, Sendable {
  let clusterID: UInt64
  /// The revision of the key-value store when the request was applied, 1 or more.
  let revision: Int64
  /// The Raft term, 1 or more.
  let raftTerm: UInt64
}

/// A key and its value: `KeyValue` in etcd's `kv.proto`.
struct EtcdEntry: Equatable, Sendable {
  let key: [UInt8]
  let value: [UInt8]
  /// The revision that created the key.
  let createRevision: Int64
  /// The revision that wrote it last: the next compare and swap expects this one.
  let modRevision: Int64
  /// The number of writes since its creation, 1 or more.
  let version: Int64
}

/// The answer to ``EtcdRequest/range(from:to:)``: `RangeResponse`.
struct EtcdRangeAnswer: Equatable, Sendable {
  let header: EtcdHeader
  /// In the order of their keys.
  let entries: [EtcdEntry]
  /// Whether the range has more keys than the entries.
  let more: Bool

  init(_ body: [UInt8]) throws(EtcdAnswerError) {
    let message = try EtcdMessage(parsing: body)
    header = try message.header()
    entries = try message.entries()
    more = try message.boolean("more")
  }
}

/// The answer to ``EtcdRequest/compareAndSwap(_:expected:known:value:)``: `TxnResponse`.
struct EtcdSwapAnswer: Equatable, Sendable {
  /// If the swap succeeded, its revision is the key's new `mod_revision`.
  let header: EtcdHeader
  let succeeded: Bool
  /// If a comparison failed, the current entry of the key; `nil` if it has none.
  let found: EtcdEntry?

  init(_ body: [UInt8]) throws(EtcdAnswerError) {
    let message = try EtcdMessage(parsing: body)
    header = try message.header()
    succeeded = try message.boolean("succeeded")
    let responses = try message.messages("responses")
    let name = succeeded ? "response_put" : "response_range"
    guard responses.count == 1, let response = try responses[0].message(name) else {
      throw EtcdAnswerError.field("responses")
    }
    let entries = succeeded ? [] : try response.entries()
    guard entries.count <= 1 else { throw EtcdAnswerError.field("kvs") }
    found = entries.first
  }
}

/// The answer to ``EtcdRequest/authenticate(name:password:)``: `AuthenticateResponse`.
struct EtcdTokenAnswer: Equatable, Sendable {
  let header: EtcdHeader
  /// Printable ASCII without a space, so that it can be a field value.
  let token: String

  init(_ body: [UInt8]) throws(EtcdAnswerError) {
    let message = try EtcdMessage(parsing: body)
    header = try message.header()
    guard let token = try message.string("token"), !token.isEmpty,
      token.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else { throw EtcdAnswerError.field("token") }
    self.token = token
  }
}

/// Why the body of an answer with status 200 is not etcd's.
enum EtcdAnswerError: Error, Equatable, Sendable, CustomStringConvertible {
  case json(JSONError)
  /// The field of this name is missing or malformed.
  case field(String)

  var description: String {
    switch self {
    case .json(let error): "its answer is not JSON: \(error)"
    case .field(let name): "its answer is not etcd's: the field \(name) is missing or malformed"
    }
  }
}
