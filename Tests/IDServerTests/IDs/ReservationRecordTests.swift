import Snowflake
import Testing

@testable import IDServer

struct ReservationRecordTests {
  static let example = ReservationRecord(machineID: 7, limit: 65_621_977_499, processID: 4321)

  @Test(arguments: [
    example, ReservationRecord(machineID: 0, limit: 0, processID: 0),
    ReservationRecord(
      machineID: 1023, limit: SnowflakeID.maximumTimestamp + 1, processID: 4_194_304),
  ])
  func roundTrip(_ record: ReservationRecord) throws {
    #expect(record.bytes.count == ReservationRecord.byteCount)
    #expect(try ReservationRecord(record.bytes, machineID: record.machineID) == record)
  }

  /// What a person sees who looks into the file. The checksum is the one of `gzip` and `zlib`.
  @Test func text() {
    let lines = String(decoding: Self.example.bytes, as: UTF8.self).split(separator: "\n")
    #expect(
      lines.prefix(7) == [
        "idgen-reservation 1", "layout 1-41-10-12", "epoch 1704067200000", "machine 7",
        "limit 65621977499", "process 4321", "crc32 4218711027",
      ])
    #expect(lines.dropFirst(7).allSatisfy { $0.allSatisfy { $0 == " " } })
  }

  @Test func checksumIsThatOfTheStandard() {
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum([]) == 0)
  }

  /// Every bit turned, in every place, and what a disk that failed may have left there.
  @Test func everyByteCounts() {
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

  /// Whole and with a checksum that matches, but not ours: each is named.
  @Test(arguments: [
    ("idgen-reservation 1", "idgen-reservation 2", "its version is not 1"),
    ("idgen-reservation", "other-reservation", "its line 1 is not `idgen-reservation …`"),
    ("1-41-10-12", "1-42-9-12", "its layout is not 1-41-10-12"),
    ("epoch 1704067200000", "epoch 1420070400000", "its epoch is not 1704067200000"),
    ("machine 7", "machine 8", "its machine ID is not 7"),
    ("limit 65621977499", "limit -1", "its limit is no number"),
    ("limit 65621977499", "limit 065621977499", "its limit is no number"),
    ("limit 65621977499", "limit 2199023255553", "its checksum does not match"),
    ("process 4321", "process x", "its process is no number"),
    ("limit 65621977499\n", "", "its line 5 is not `limit …`"),
  ])
  func whatIsNotOursIsNamed(_ old: String, _ new: String, _ reason: String) {
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
