/// What a client sends on one connection, what it must see, and where that is laid down.
struct Exchange: CustomStringConvertible {
  /// A response that is due.
  enum Due: Equatable, ExpressibleByIntegerLiteral {
    case content(Int)
    /// In answer to `HEAD`: the head alone.
    case head(Int)

    init(integerLiteral status: Int) { self = .content(status) }

    static let proceed: Due = .head(100)
  }

  /// Sections of RFC 9110 and RFC 9112, such as `9112 §3`.
  let section: String
  let request: [UInt8]
  let due: [Due]
  /// Whether the connection can be used for the next request.
  let staysOpen: Bool

  /// - Parameters:
  ///   - request: `⏎` stands for CR LF, U+0080…U+00FF for the byte of that value.
  init(_ section: String, _ request: String, _ due: [Due], staysOpen: Bool) {
    self.section = section
    self.request = Self.bytes(request)
    self.due = due
    self.staysOpen = staysOpen
  }

  /// One request that is answered and leaves the connection open.
  static func open(_ section: String, _ due: Due, _ request: String) -> Exchange {
    Exchange(section, request, [due], staysOpen: true)
  }

  /// One request that is answered and ends the connection.
  static func closed(_ section: String, _ due: Due, _ request: String) -> Exchange {
    Exchange(section, request, [due], staysOpen: false)
  }

  var description: String {
    let text = String(decoding: request, as: UTF8.self).debugDescription
    return text.count < 400 ? text : text.prefix(300) + "…" + text.suffix(40)
  }

  static func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.flatMap { scalar in
      scalar == "⏎" ? [0x0D, 0x0A] : [UInt8(truncatingIfNeeded: scalar.value)]
    }
  }
}
