import HTTP1
import Snowflake

/// The format of IDs in a response.
enum IDFormat: Int, CaseIterable {
  /// JSON with IDs as numbers: the default.
  case number
  /// JSON with IDs as strings, because JavaScript's numbers are exact up to 2^53 only.
  case string
  /// Decimal digits, each ID on a line of its own.
  case text

  /// An ID as a value in JSON.
  func json(_ id: SnowflakeID) -> String { self == .string ? "\"\(id)\"" : "\(id)" }

  /// The format that the query and the `Accept` fields of a request select.
  ///
  /// - Parameter offersText: whether the resource has a representation as text, beside JSON.
  init(
    _ head: RequestHead, _ query: Query, offersText: Bool = true, in bytes: Span<UInt8>
  ) throws(Problem) {
    let json: IDFormat
    switch query.format {
    case nil, "number": json = .number
    case "string": json = .string
    case let value?:
      throw Problem(
        status: .badRequest, code: "invalid_format",
        detail: "format is \"\(value.shortened)\": number or string is required.")
    }
    guard head.fields.contains(.accept) else {
      self = json
      return
    }
    var accept = Accept()
    head.forEachValue(of: "accept", in: bytes) { accept.record($0, in: bytes) }
    guard let type = accept.preferredType(offersText: offersText) else {
      throw Problem(
        status: .notAcceptable, code: "not_acceptable",
        detail: offersText
          ? "The media types available here are application/json and text/plain."
          : "The only media type available here is application/json.")
    }
    self = type == .plainText ? .text : json
  }
}
