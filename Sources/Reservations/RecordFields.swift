/// Reads the lines of a record one after another.
struct RecordFields {
  private let lines: [Substring]
  private var index = 0

  init(_ bytes: [UInt8]) {
    lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
  }

  /// Reads the next line, which must have this name, and returns its value.
  mutating func value(_ name: String) throws(RecordError) -> Substring {
    guard index < lines.count, lines[index].hasPrefix(name + " ") else {
      throw RecordError("its line \(index + 1) is not `\(name) …`")
    }
    defer { index += 1 }
    return lines[index].dropFirst(name.utf8.count + 1)
  }

  /// Whether the next line has this name.
  func isNext(_ name: String) -> Bool { index < lines.count && lines[index].hasPrefix(name + " ") }

  mutating func host(upTo count: Int) throws(RecordError) -> String {
    let host = String(try value("host"))
    guard HostName.isValid(host), host.utf8.count <= count else {
      throw RecordError("its host is not a host name")
    }
    return host
  }

  mutating func number(_ name: String) throws(RecordError) -> Int64 {
    let text = try value(name)
    guard let number = Int64(text), number >= 0, String(number) == text else {
      throw RecordError("its \(name) is not a number")
    }
    return number
  }

  /// Reads the first line, the version.
  mutating func version() throws(RecordError) -> Int {
    let text = try value("idgen-reservation")
    guard let version = Int(text), version > 0, String(version) == text else {
      throw RecordError("its version is not 1, 2, 3 or 4")
    }
    guard version <= 4 else {
      throw RecordError("its version is \(version), and this idgen reads only 1, 2, 3 and 4")
    }
    return version
  }

  /// Reads the lines before the checksum: the fields that a later version of idgen has added.
  mutating func addedFields() throws(RecordError) -> [String] {
    var fields: [String] = []
    var names = Self.names
    while !isNext("crc32") {
      guard index < lines.count, let name = Self.name(ofAdded: lines[index]) else {
        throw RecordError("its line \(index + 1) is not `crc32 …`")
      }
      // As an added field it would not be read, although another line may say something else.
      guard names.insert(name).inserted else {
        throw RecordError("its line \(index + 1), `\(name) …`, is not in its place")
      }
      fields.append(String(lines[index]))
      index += 1
    }
    return fields
  }

  /// The names of the fields that this version of idgen knows.
  private static let names: Set<Substring> = [
    "idgen-reservation", "layout", "epoch", "machine", "limit", "process", "owner", "host",
    "window", "boot", "time", "uptime", "crc32",
  ]

  /// The name in a line that has the form of a field: lowercase letters, digits and dashes, then a
  /// space, and a value of printable ASCII characters without spaces; `nil` in another line.
  private static func name(ofAdded line: Substring) -> Substring? {
    guard let space = line.utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    let (name, value) = (line[..<space], line[space...].dropFirst())
    let isName = name.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
    let isValue = value.utf8.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
    return isName && isValue && !name.isEmpty && !value.isEmpty ? name : nil
  }
}

/// Why a record is refused.
struct RecordError: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
