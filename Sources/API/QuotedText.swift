extension String {
  /// The string escaped for use within a JSON string: RFC 8259 §7.
  package var escapedForJSON: String {
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case "\u{00}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// The string, cut after 64 Unicode scalars.
  package var shortened: String {
    unicodeScalars.count <= 64 ? self : String(unicodeScalars.prefix(64)) + "…"
  }

  /// In quotes, with control characters escaped, and shortened: for error messages.
  package var quoted: String { "\"\(escapedForJSON.shortened)\"" }
}

extension Substring {
  /// Without leading and trailing spaces.
  package var trimmingSpaces: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
