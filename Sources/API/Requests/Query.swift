import HTTP1

/// The known parameters of a query. Unknown ones are ignored.
struct Query {
  private(set) var count: String?
  private(set) var format: String?

  init(_ range: Range<Int>, in bytes: Span<UInt8>) throws(Problem) {
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
      default: break
      }
    }
  }

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
