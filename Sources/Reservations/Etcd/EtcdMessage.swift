/// A Protocol Buffers message in its JSON form, as the gateway writes it: fields that are zero,
/// false or empty are omitted, and 64-bit integers are strings. Unknown fields are ignored.
/// Integers may also be numbers: ProtoJSON requires parsers to accept both.
struct EtcdMessage {
  private let object: JSONValue

  init(parsing body: [UInt8]) throws(EtcdAnswerError) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: body)
    } catch {
      throw .json(error)
    }
    try self.init(value, of: "{}")
  }

  private init(_ value: JSONValue, of name: String) throws(EtcdAnswerError) {
    guard case .object = value else { throw .field(name) }
    object = value
  }

  func header() throws(EtcdAnswerError) -> EtcdHeader {
    guard let header = try message("header") else { throw .field("header") }
    return EtcdHeader(
      clusterID: try header.positive("cluster_id"), revision: try header.positive("revision"),
      raftTerm: try header.positive("raft_term"))
  }

  func entries() throws(EtcdAnswerError) -> [EtcdEntry] {
    try messages("kvs").map { (entry) throws(EtcdAnswerError) in
      EtcdEntry(
        key: try entry.bytes("key"), value: try entry.bytes("value"),
        createRevision: try entry.positive("create_revision"),
        modRevision: try entry.positive("mod_revision"), version: try entry.positive("version"))
    }
  }

  func message(_ name: String) throws(EtcdAnswerError) -> EtcdMessage? {
    guard let value = object[name] else { return nil }
    return try EtcdMessage(value, of: name)
  }

  func messages(_ name: String) throws(EtcdAnswerError) -> [EtcdMessage] {
    switch object[name] {
    case nil: return []
    case .array(let values):
      return try values.map { (value) throws(EtcdAnswerError) in
        try EtcdMessage(value, of: name)
      }
    default: throw .field(name)
    }
  }

  func boolean(_ name: String) throws(EtcdAnswerError) -> Bool {
    switch object[name] {
    case nil: return false
    case .boolean(let value): return value
    default: throw .field(name)
    }
  }

  func string(_ name: String) throws(EtcdAnswerError) -> String? {
    switch object[name] {
    case nil: return nil
    case .string(let string): return string
    default: throw .field(name)
    }
  }

  /// An integer that is never zero, and so is never omitted.
  private func positive<Integer: FixedWidthInteger>(
    _ name: String
  ) throws(EtcdAnswerError) -> Integer {
    switch object[name] {
    case .string(let text), .number(let text):
      // No sign, no leading zero, no fraction, no exponent.
      guard let value = Integer(text), value > 0, String(value) == text else { fallthrough }
      return value
    default: throw .field(name)
    }
  }

  private func bytes(_ name: String) throws(EtcdAnswerError) -> [UInt8] {
    guard let text = try string(name) else { return [] }
    guard let bytes = Base64.decode(Array(text.utf8)) else { throw .field(name) }
    return bytes
  }
}
