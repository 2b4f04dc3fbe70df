import Snowflake
import TestSupport
import Testing

@testable import Reservations

struct ReservationRecordTests {
  static let example = ReservationRecord(
    machineID: 7, reservation: Reservation(limit: epoch + 65_621_977_499, clock: clock),
    processID: 4321,
    fileHost: "app-7")
  static let clock = RecordedClock(
    bootID: "9d1e3c7a-52b4-4f0e-8a61-0c2f7b95d3e8", unixMilliseconds: 1_769_689_174_499,
    monotonicMilliseconds: 86_400_000)
  /// The boot of the host has no ID.
  static let withoutClock = ReservationRecord(
    machineID: 7, reservation: Reservation(limit: epoch + 65_621_977_499), processID: 4321,
    fileHost: "3f2a9c0d1e4b")
  /// The versions that earlier builds wrote to files.
  static let version2 = ReservationRecord(
    machineID: 7, reservation: Reservation(limit: epoch + 65_621_977_499, clock: clock),
    processID: 4321)
  static let version1 = ReservationRecord(
    machineID: 7, reservation: Reservation(limit: epoch + 65_621_977_499), processID: 4321)
  /// The longest value of each line.
  static let longest = ReservationRecord(
    machineID: 1023,
    reservation: Reservation(
      limit: SnowflakeLayout.default.lastUnixMilliseconds + 1,
      clock: RecordedClock(
        bootID: clock.bootID, unixMilliseconds: RecordedClock.greatestMilliseconds,
        monotonicMilliseconds: RecordedClock.greatestMilliseconds)),
    processID: Int(Int32.max), fileHost: String(repeating: "h", count: 64))

  @Test(arguments: [
    example, withoutClock, longest, version2, version1,
    ReservationRecord(machineID: 0, reservation: .none, processID: 0),
  ])
  func roundTrip(_ record: ReservationRecord) throws {
    #expect(record.bytes.count == ReservationRecord.byteCount)
    #expect(try ReservationRecord(record.bytes, machineID: record.machineID) == record)
  }

  /// The longest record of every kind of layout fits, and still has the beginning of the host's
  /// name.
  @Test(
    arguments: [0, 100_000_000_000_000, 253_402_300_799_000] as [Int64], [1, 10, 1000] as [Int64])
  func theLongestOfEachLayout(_ epoch: Int64, _ unit: Int64) throws {
    var shortestHost = Int.max
    for machineIDBits in 1...61 {
      for sequenceBits in [1, 9, 10] where machineIDBits + sequenceBits < 63 {
        for timestampBits in Set([1, 10, 37, 47, 63 - machineIDBits - sequenceBits])
        where timestampBits + machineIDBits + sequenceBits <= 63 {
          let layout = try SnowflakeLayout(
            timestampBits: timestampBits, machineIDBits: machineIDBits, sequenceBits: sequenceBits,
            order: .sequenceFirst, unitMilliseconds: unit, epochUnixMilliseconds: epoch)
          let record = ReservationRecord(
            layout: layout, machineID: layout.maximumMachineID,
            reservation: Reservation(
              limit: layout.lastUnixMilliseconds + 1,
              clock: Self.longest.reservation.clock),
            processID: Int(Int32.max), fileHost: String(repeating: "h", count: 64))
          #expect(record.bytes.count == ReservationRecord.byteCount, "\(layout)")
          #expect(
            try ReservationRecord(record.bytes, machineID: layout.maximumMachineID) == record)
          shortestHost = min(shortestHost, record.fileHost?.count ?? 0)
        }
      }
    }
    #expect(unit == 1000 && epoch == 100_000_000_000_000 ? shortestHost == 26 : shortestHost > 26)
  }

  /// The text of the file. The checksum is that of `gzip` and `zlib`.
  @Test(arguments: [
    (
      example,
      [
        "idgen-reservation 4", "layout 1-41-10-12", "epoch 1704067200000", "machine 7",
        "limit 65621977499", "process 4321", "host app-7",
        "boot 9d1e3c7a-52b4-4f0e-8a61-0c2f7b95d3e8", "time 1769689174499", "uptime 86400000",
        "crc32 4163915548",
      ]
    ),
    (
      withoutClock,
      [
        "idgen-reservation 4", "layout 1-41-10-12", "epoch 1704067200000", "machine 7",
        "limit 65621977499", "process 4321", "host 3f2a9c0d1e4b", "crc32 88559507",
      ]
    ),
    (
      version2,
      [
        "idgen-reservation 2", "layout 1-41-10-12", "epoch 1704067200000", "machine 7",
        "limit 65621977499", "process 4321", "boot 9d1e3c7a-52b4-4f0e-8a61-0c2f7b95d3e8",
        "time 1769689174499", "uptime 86400000", "crc32 1182067630",
      ]
    ),
    (
      version1,
      [
        "idgen-reservation 1", "layout 1-41-10-12", "epoch 1704067200000", "machine 7",
        "limit 65621977499", "process 4321", "crc32 4218711027",
      ]
    ),
  ])
  func text(_ record: ReservationRecord, _ expected: [String]) {
    let lines = String(decoding: record.bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.prefix(expected.count).map { String($0) } == expected)
    #expect(lines.dropFirst(expected.count).allSatisfy { $0.allSatisfy { $0 == " " } })
  }

  @Test func checksumIsThatOfTheStandard() {
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum([]) == 0)
  }

  /// Each bit flipped, and the bytes that a failed disk may leave.
  @Test func everyChangedByteIsRefused() {
    for index in 0..<ReservationRecord.byteCount {
      let byte = Self.example.bytes[index]
      for other in (0..<8).map({ byte ^ 1 << $0 }) + [0, .max, 0x20, 0x0A] where other != byte {
        var bytes = Self.example.bytes
        bytes[index] = other
        if (try? ReservationRecord(bytes, machineID: 7)) != nil {
          Issue.record("byte \(index) may be \(other)")
        }
      }
    }
  }

  @Test func everyPrefixIsRefused() {
    for count in 0..<ReservationRecord.byteCount {
      #expect(throws: RecordError.self) {
        try ReservationRecord(Array(Self.example.bytes.prefix(count)), machineID: 7)
      }
    }
  }

  /// Complete records with a matching checksum that this program would not write.
  @Test(arguments: [
    (
      "idgen-reservation 4", "idgen-reservation 5",
      "its version is 5, and this idgen reads only 1, 2, 3 and 4"
    ),
    ("idgen-reservation 4", "idgen-reservation 04", "its version is not 1, 2, 3 or 4"),
    ("idgen-reservation 4", "idgen-reservation 0", "its version is not 1, 2, 3 or 4"),
    ("idgen-reservation 4", "idgen-reservation 1", "its checksum does not match"),
    ("idgen-reservation 4", "idgen-reservation 3", "its line 7 is not `owner …`"),
    ("host app-7", "host app/7", "its host is not a host name"),
    ("host app-7", "host \(String(repeating: "h", count: 33))", "its host is not a host name"),
    ("host app-7\n", "", "its line 7 is not `host …`"),
    ("boot 9d1e", "boot 9D1E", "its boot is not a boot ID"),
    ("boot 9d1e3c7a-", "boot ", "its boot is not a boot ID"),
    ("time 1769689174499", "time -5", "its time is not a number"),
    ("uptime 86400000", "uptime 7258118400001", "its clock is past the year 2200"),
    ("uptime 86400000\n", "", "its line 10 is not `uptime …`"),
    ("idgen-reservation", "other-reservation", "its line 1 is not `idgen-reservation …`"),
    ("1-41-10-12", "0-42-10-12", "its layout is not one of an ID"),
    ("epoch 1704067200000", "epoch 253402300800000", "its layout is not one of an ID"),
    ("machine 7", "machine 8", "its machine ID is not 7"),
    ("limit 65621977499", "limit -1", "its limit is not a number"),
    ("limit 65621977499", "limit 065621977499", "its limit is not a number"),
    ("limit 65621977499", "limit 2199023255553", "its limit is past the last timestamp"),
    ("process 4321", "process x", "its process is not a number"),
    ("limit 65621977499\n", "", "its line 5 is not `limit …`"),
  ])
  func foreignRecordIsRefused(_ old: String, _ new: String, _ reason: String) {
    let text = String(decoding: Self.example.bytes, as: UTF8.self)
    let body = text.prefix(upTo: text.firstRange(of: "crc32")?.lowerBound ?? text.endIndex)
      .replacing(old, with: new)
    var bytes = Array("\(body)crc32 \(CRC32.checksum(Array(body.utf8)))\n".utf8)
    while bytes.count < 255 { bytes.append(UInt8(ascii: " ")) }
    bytes.append(UInt8(ascii: "\n"))
    let error = #expect(throws: RecordError.self) {
      try ReservationRecord(bytes, machineID: 7)
    }
    #expect(error?.reason == reason)
  }
}
