import Foundation

extension Exchange {
  /// Comes behind every exchange in the same write. Where the connection has ended it must not be
  /// answered: it is the request that smuggling would hide.
  private static let probe = bytes("GET /health HTTP/1.1⏎Host: probe⏎Connection: close⏎⏎")

  /// What the server did that it must not have done, or `nil`.
  func fault(onPort port: UInt16) throws -> String? {
    let client = try RawClient(port: port)
    try client.send(request + Self.probe)
    let stream: String
    do {
      stream = try client.readToEnd()
    } catch {
      return "no clean end: \(error)"
    }
    var rest = stream[...]
    for expected in due + (staysOpen ? [200] : []) {
      guard let response = Response(takenFrom: &rest, expected) else {
        return "\(expected) is due, but: \(rest.debugDescription)"
      }
      if let fault = response.fault(isLast: rest.isEmpty) { return fault }
    }
    return rest.isEmpty ? nil : "nothing more is due, but: \(rest.debugDescription)"
  }
}

/// One response in a stream of them.
private struct Response {
  let status: Int
  let lines: [Substring]
  let content: Substring
  let hasContent: Bool

  init?(takenFrom rest: inout Substring, _ due: Exchange.Due) {
    guard let end = rest.range(of: "\r\n\r\n") else { return nil }
    lines = rest[..<end.lowerBound].split(separator: "\r\n")
    guard let match = lines.first?.wholeMatch(of: #/HTTP/1\.1 ([1-5]\d\d) [A-Za-z ]+/#),
      let status = Int(match.1)
    else { return nil }
    self.status = status
    rest = rest[end.upperBound...]
    switch due {
    case .head(let expected):
      guard status == expected else { return nil }
      hasContent = false
    case .content(let expected):
      guard status == expected else { return nil }
      hasContent = true
    }
    let length = lines.firstMatch(of: "Content-Length").flatMap(Int.init) ?? 0
    guard !hasContent || rest.utf8.count >= length else { return nil }
    content = hasContent ? Substring(rest.utf8.prefix(length)) : ""
    rest = Substring(rest.utf8.dropFirst(content.utf8.count))
  }

  /// What every response must have, whatever it answers.
  func fault(isLast: Bool) -> String? {
    if status == 100 { return lines.count == 1 ? nil : "100 with fields: \(lines)" }
    let date = #/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/#
    for name in ["Date", "Content-Type", "Content-Length"]
    where lines.count(where: { $0.hasPrefix(name + ": ") }) != 1 {
      return "not exactly one \(name): \(lines)"
    }
    if lines.firstMatch(of: "Date")?.wholeMatch(of: date) == nil { return "bad date: \(lines)" }
    if isLast != (lines.firstMatch(of: "Connection") == "close") {
      return "last: \(isLast), but: \(lines)"
    }
    if status == 405, lines.firstMatch(of: "Allow") == nil { return "405 without Allow" }
    guard status >= 400, hasContent else { return nil }
    guard lines.firstMatch(of: "Content-Type") == "application/problem+json",
      let problem = try? JSONSerialization.jsonObject(with: Data(content.utf8)) as? [String: Any],
      problem["status"] as? Int == status, problem["code"] as? String != nil
    else { return "not a problem as of RFC 9457: \(lines) \(content)" }
    return nil
  }
}

extension [Substring] {
  /// The value of the first field of this name.
  fileprivate func firstMatch(of name: String) -> String? {
    first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
  }
}
