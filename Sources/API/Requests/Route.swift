import HTTP1
import Snowflake

/// What a request asks for, with the parameters of the response.
enum Route {
  case id(IDFormat)
  /// This number of IDs, 1 or more, in one response.
  case ids(Int, IDFormat)
  /// The parts of an ID of the server's layout, in JSON.
  case decode(SnowflakeID, IDFormat)
  /// The least and the greatest ID of an interval of time, in JSON.
  indirect case bounds(IDBounds, IDFormat)
  case health
  case ready
  case metrics
  case page
  case apiDescription
  /// `OPTIONS *`: the methods that the server supports. `OPTIONS` of a resource: a preflight
  /// request, by which a browser asks whether a page may send another one: see ``CORSPolicy``.
  case options
  /// The response is an error after which the connection can persist.
  indirect case problem(Problem)
}

/// The routes that depend on more than the path; ``Resource/all`` refers to each.
extension Route {
  static func id(
    _ head: RequestHead, _ parameter: String, _ service: IDService, in bytes: Span<UInt8>
  ) throws(Problem) -> Route {
    if head.target.query.isEmpty, !head.fields.contains(.accept) { return .id(.number) }
    let query = try Query(head.target.query, in: bytes)
    return .id(try IDFormat(head, query, in: bytes))
  }

  static func ids(
    _ head: RequestHead, _ parameter: String, _ service: IDService, in bytes: Span<UInt8>
  ) throws(Problem) -> Route {
    let query = try Query(head.target.query, in: bytes)
    return .ids(
      try IDBatch.count(query.count, in: service.layoutLimits.batchCounts),
      try IDFormat(head, query, in: bytes))
  }

  static func decode(
    _ head: RequestHead, _ parameter: String, _ service: IDService, in bytes: Span<UInt8>
  ) throws(Problem) -> Route {
    let maximum = service.layoutLimits.maximumID
    guard let id = SnowflakeID(parameter), id <= maximum else {
      throw .invalidID(parameter, maximum: maximum)
    }
    let query = try Query(head.target.query, in: bytes)
    return .decode(id, try IDFormat(head, query, offersText: false, in: bytes))
  }

  static func bounds(
    _ head: RequestHead, _ parameter: String, _ service: IDService, in bytes: Span<UInt8>
  ) throws(Problem) -> Route {
    let query = try Query(head.target.query, hasTimes: true, in: bytes)
    let bounds = try IDBounds(
      from: query.from, to: query.to, layout: service.layoutLimits.layout)
    return .bounds(bounds, try IDFormat(head, query, offersText: false, in: bytes))
  }
}
