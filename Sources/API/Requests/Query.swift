import HTTP1

/// The known parameters of a query. Others are ignored.
struct Query {
  private(set) var count: String?
  private(set) var format: String?
  private(set) var from: String?
  private(set) var to: String?

  /// - Parameter hasTimes: whether the resource knows `from` and `to`.
  init(
    _ range: Range<Int>, hasTimes: Bool = false, in bytes: Span<UInt8>
  ) throws(Problem) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = bytes.firstIndex(of: UInt8(ascii: "&"), in: start..<range.upperBound)
      let parameter = start..<(end ?? range.upperBound)
      start = parameter.upperBound + 1
      let equalsSign = bytes.firstIndex(of: UInt8(ascii: "="), in: parameter)
      let name = parameter.lowerBound..<(equalsSign ?? parameter.upperBound)
      let value = (equalsSign.map { $0 + 1 } ?? parameter.upperBound)..<parameter.upperBound
      switch Self.decoded(name, in: bytes) {
      case "count": try Self.set(&count, "count", Self.decoded(value, in: bytes))
      case "format": try Self.set(&format, "format", Self.decoded(value, in: bytes))
      case "from" where hasTimes: try Self.set(&from, "from", Self.decoded(value, in: bytes))
      case "to" where hasTimes: try Self.set(&to, "to", Self.decoded(value, in: bytes))
      default: break
      }
    }
  }

  /// A plus sign is one, and not the space that it is in HTML forms: RFC 3339 has it in offsets.
  private static func decoded(_ range: Range<Int>, in bytes: Span<UInt8>) -> String {
    String(decoding: bytes.percentDecoded(range), as: UTF8.self)
  }

  private static func set(
    _ parameter: inout String?, _ name: String, _ value: String
  ) throws(Problem) {
    guard parameter == nil else {
      throw Problem(
        status: .badRequest, code: "repeated_parameter",
        detail: "\(name) is given more than once.")
    }
    parameter = value
  }
}
