import HTTP1

/// A document with placeholders, such as `{{id}}`.
struct Template<Place: Sendable>: Sendable {
  enum Part: Sendable {
    case bytes(ArraySlice<UInt8>)
    case place(Place)
  }

  private(set) var parts: [Part] = []

  /// - Parameter place: the place of a name; a placeholder for which it is `nil` is left unchanged.
  init(_ document: [UInt8], place: (String) -> Place?) {
    var start = 0
    var index = 0
    while let open = document.firstIndex(ofTwo: UInt8(ascii: "{"), from: index),
      let close = document.firstIndex(ofTwo: UInt8(ascii: "}"), from: open + 2)
    {
      index = close + 2
      let name = String(decoding: document[open + 2..<close], as: UTF8.self)
      guard let place = place(name) else { continue }
      parts.append(.bytes(document[start..<open]))
      parts.append(.place(place))
      start = index
    }
    parts.append(.bytes(document[start...]))
  }
}

extension Template<String> {
  /// The document with these values in place of the names; other placeholders are left unchanged.
  static func filled(_ document: [UInt8], with values: [String: String]) -> [UInt8] {
    var content: [UInt8] = []
    content.reserveCapacity(document.count)
    for part in Template(document, place: { values[$0] }).parts {
      switch part {
      case .bytes(let bytes): content += bytes
      case .place(let value): content += value.utf8
      }
    }
    return content
  }
}

extension [UInt8] {
  /// The index of the first two consecutive `byte`s. `firstRange(of:)` would link the regular
  /// expression library, a tenth of the executable.
  fileprivate func firstIndex(ofTwo byte: UInt8, from start: Int) -> Int? {
    var index = start
    while index + 1 < count {
      if self[index] == byte, self[index + 1] == byte { return index }
      index += 1
    }
    return nil
  }
}
