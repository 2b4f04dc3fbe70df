import Snowflake

/// What a store keeps of one machine ID, as text of a fixed length: a person can read it, and
/// writing it never changes the size of a file.
struct ReservationRecord: Equatable {
  static let byteCount = 256
  private static let layout = "1-41-10-12"

  var machineID: Int
  /// No timestamp from here on has been used. In milliseconds since the epoch of the format.
  var limit: Int64
  /// Who wrote it, for people.
  var processID: Int

  /// The lines of the record, each a name and a value. The last is the checksum of all before it.
  var bytes: [UInt8] {
    let text = """
      idgen-reservation 1
      layout \(Self.layout)
      epoch \(SnowflakeID.epochUnixMilliseconds)
      machine \(machineID)
      limit \(limit)
      process \(processID)

      """
    let line = "crc32 \(CRC32.checksum(Array(text.utf8)))\n"
    let bytes = Array((text + line).utf8)
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: Self.byteCount - bytes.count - 1)
    return bytes + padding + [UInt8(ascii: "\n")]
  }

  init(machineID: Int, limit: Int64, processID: Int) {
    self.machineID = machineID
    self.limit = limit
    self.processID = processID
  }

  /// Reads a record back, and trusts it only if every part is as this program would write it.
  init(_ bytes: [UInt8], machineID: Int) throws(RecordError) {
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    func value(_ index: Int, _ name: String) throws(RecordError) -> Substring {
      guard index < lines.count, lines[index].hasPrefix(name + " ") else {
        throw RecordError("its line \(index + 1) is not `\(name) …`")
      }
      return lines[index].dropFirst(name.utf8.count + 1)
    }
    func number(_ index: Int, _ name: String) throws(RecordError) -> Int64 {
      let text = try value(index, name)
      guard let number = Int64(text), number >= 0, String(number) == text else {
        throw RecordError("its \(name) is no number")
      }
      return number
    }
    guard try value(0, "idgen-reservation") == "1" else {
      throw RecordError("its version is not 1")
    }
    guard try value(1, "layout") == Self.layout else {
      throw RecordError("its layout is not \(Self.layout)")
    }
    guard try number(2, "epoch") == SnowflakeID.epochUnixMilliseconds else {
      throw RecordError("its epoch is not \(SnowflakeID.epochUnixMilliseconds)")
    }
    guard try number(3, "machine") == machineID else {
      throw RecordError("its machine ID is not \(machineID)")
    }
    limit = try number(4, "limit")
    processID = Int(try number(5, "process"))
    self.machineID = machineID
    guard limit <= SnowflakeID.maximumTimestamp + 1, bytes == self.bytes else {
      throw RecordError("its checksum does not match")
    }
  }
}

/// What is wrong with a record.
struct RecordError: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// The checksum of IEEE 802.3, also that of gzip: RFC 1952 §8.
enum CRC32 {
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { checksum, byte in
      (0..<8).reduce(checksum ^ UInt32(byte)) { remainder, _ in
        remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
  }
}
