import Snowflake

/// What a store keeps of one machine ID, as text of a fixed length: a person can read it, and
/// writing it never changes the size of a file.
///
/// ```
/// idgen-reservation 2
/// layout 1-41-10-12
/// epoch 1704067200000
/// machine 7
/// limit 65621977499
/// process 4321
/// boot 9d1e3c7a-52b4-4f0e-8a61-0c2f7b95d3e8
/// time 1769689174499
/// uptime 86400000
/// crc32 1182067630
/// ```
///
/// Version 1 is without `boot`, `time` and `uptime`.
struct ReservationRecord: Equatable {
  static let byteCount = 256
  private static let layout = "1-41-10-12"

  var machineID: Int
  var reservation: Reservation
  /// Who wrote it, for people.
  var processID: Int

  /// The lines of the record, each a name and a value. The last is the checksum of all before it.
  var bytes: [UInt8] {
    var text = """
      idgen-reservation \(reservation.clock == nil ? 1 : 2)
      layout \(Self.layout)
      epoch \(SnowflakeID.epochUnixMilliseconds)
      machine \(machineID)
      limit \(reservation.limit)
      process \(processID)

      """
    if let clock = reservation.clock {
      text += """
        boot \(clock.bootID)
        time \(clock.unixMilliseconds)
        uptime \(clock.monotonicMilliseconds)

        """
    }
    let line = "crc32 \(CRC32.checksum(Array(text.utf8)))\n"
    let bytes = Array((text + line).utf8)
    // The longest values take 218 bytes.
    let paddingCount = max(0, Self.byteCount - bytes.count - 1)
    return bytes + [UInt8](repeating: UInt8(ascii: " "), count: paddingCount)
      + [UInt8(ascii: "\n")]
  }

  init(machineID: Int, reservation: Reservation, processID: Int) {
    self.machineID = machineID
    self.reservation = reservation
    self.processID = processID
  }

  /// Reads a record back, and trusts it only if every part is as this program would write it.
  init(_ bytes: [UInt8], machineID: Int) throws(RecordError) {
    var fields = RecordFields(bytes)
    let version = try fields.value("idgen-reservation")
    guard version == "1" || version == "2" else { throw RecordError("its version is not 1 or 2") }
    guard try fields.value("layout") == Self.layout else {
      throw RecordError("its layout is not \(Self.layout)")
    }
    guard try fields.number("epoch") == SnowflakeID.epochUnixMilliseconds else {
      throw RecordError("its epoch is not \(SnowflakeID.epochUnixMilliseconds)")
    }
    guard try fields.number("machine") == machineID else {
      throw RecordError("its machine ID is not \(machineID)")
    }
    self.machineID = machineID
    reservation = Reservation(limit: try fields.number("limit"))
    processID = Int(try fields.number("process"))
    if version == "2" {
      let bootID = try fields.value("boot")
      guard BootID.isValid(bootID) else { throw RecordError("its boot is no identity of a boot") }
      let clock = RecordedClock(
        bootID: String(bootID), unixMilliseconds: try fields.number("time"),
        monotonicMilliseconds: try fields.number("uptime"))
      guard clock.isPlausible else { throw RecordError("its clock is past the year 2200") }
      reservation.clock = clock
    }
    guard reservation.limit <= SnowflakeID.maximumTimestamp + 1, bytes == self.bytes else {
      throw RecordError("its checksum does not match")
    }
  }
}

/// The lines of a record, read one after another.
private struct RecordFields {
  private let lines: [Substring]
  private var index = 0

  init(_ bytes: [UInt8]) {
    lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
  }

  /// The value of the next line, whose name must be this.
  mutating func value(_ name: String) throws(RecordError) -> Substring {
    guard index < lines.count, lines[index].hasPrefix(name + " ") else {
      throw RecordError("its line \(index + 1) is not `\(name) …`")
    }
    defer { index += 1 }
    return lines[index].dropFirst(name.utf8.count + 1)
  }

  mutating func number(_ name: String) throws(RecordError) -> Int64 {
    let text = try value(name)
    guard let number = Int64(text), number >= 0, String(number) == text else {
      throw RecordError("its \(name) is no number")
    }
    return number
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
