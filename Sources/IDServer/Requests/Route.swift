import HTTP1
import Snowflake

/// What is asked for, with what the answer depends on.
enum Route {
  case id(IDFormat)
  /// So many IDs, 1…4096, in one answer.
  case ids(Int, IDFormat)
  case decode(SnowflakeID)
  case health
  case ready
  case metrics
  case page
  case apiDescription
  /// `OPTIONS *`: what the server as a whole can do.
  case options
  /// The answer is an error that leaves the connection in order.
  indirect case problem(Problem)
}

/// The routes that depend on more than the path: each of these is one of ``Resource/all``.
extension Route {
  static func id(
    _ head: RequestHead, _ parameter: String, in bytes: Span<UInt8>
  ) throws(Problem) -> Route {
    if head.target.query.isEmpty, !head.fields.contains(.accept) { return .id(.number) }
    let query = try Query(head.target.query, in: bytes)
    return .id(try IDFormat(head, query, in: bytes))
  }

  static func ids(
    _ head: RequestHead, _ parameter: String, in bytes: Span<UInt8>
  ) throws(Problem) -> Route {
    let query = try Query(head.target.query, in: bytes)
    return .ids(try IDBatch.count(query.count), try IDFormat(head, query, in: bytes))
  }

  static func decode(
    _ head: RequestHead, _ parameter: String, in bytes: Span<UInt8>
  ) throws(Problem) -> Route {
    guard let id = SnowflakeID(parameter) else { throw .invalidID(parameter) }
    return .decode(id)
  }
}
