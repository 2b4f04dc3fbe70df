import Foundation
import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// The records of all versions, as files: see docs/STATE.md.
struct GoldenRecordTests {
  private static let boot = "9d1e3c7a-52b4-4f0e-8a61-0c2f7b95d3e8"
  private static let clock = RecordedClock(
    bootID: boot, unixMilliseconds: 1_769_689_174_499, monotonicMilliseconds: 86_400_000)
  /// The limits are three seconds past that clock in a file, 15 in etcd, and a millisecond once the
  /// machine ID is released.
  private static let (held, released, heldInEtcd): (Int64, Int64, Int64) = (
    1_769_689_177_499, 1_769_689_174_500, 1_769_689_189_499
  )

  private static func file(
    _ limit: Int64 = held, clock: RecordedClock? = clock, layout: SnowflakeLayout = .default,
    process: Int = 4321, host: String? = "app-7"
  ) -> ReservationRecord {
    ReservationRecord(
      layout: layout, machineID: 7, reservation: Reservation(limit: limit, clock: clock),
      processID: process, fileHost: host)
  }

  private static func key(
    _ limit: Int64 = heldInEtcd, clock: RecordedClock? = clock, layout: SnowflakeLayout = .default,
    owner: UInt64 = 0x9f86_d081_884c_7d65
  ) -> ReservationRecord {
    ReservationRecord(
      layout: layout, machineID: 7, reservation: Reservation(limit: limit, clock: clock),
      processID: 4321,
      owner: .init(number: owner, host: "app-7", leaseWindowMilliseconds: 15_000))
  }

  /// The greatest value of each line.
  private static func longest(
    fileHost: String? = nil, owner: ReservationRecord.Owner? = nil
  ) -> ReservationRecord {
    let greatest = RecordedClock.greatestMilliseconds
    return ReservationRecord(
      machineID: 1023,
      reservation: Reservation(
        limit: SnowflakeLayout.default.lastUnixMilliseconds + 1,
        clock: RecordedClock(
          bootID: boot, unixMilliseconds: greatest, monotonicMilliseconds: greatest)),
      processID: Int(Int32.max), fileHost: fileHost, owner: owner)
  }

  /// What idgen writes, or has written before 0.1.0.
  static let written: [(name: String, record: ReservationRecord)] = [
    ("file-1", file(clock: nil, host: nil)),
    ("file-2", file(host: nil)),
    ("file-4-new", file(epoch, clock: nil)),
    ("file-4-held", file()),
    ("file-4-released", file(released)),
    (
      "file-4-crashed",
      file(
        clock: RecordedClock(
          bootID: "c3a1f6d2-0b7e-4d55-9c1a-5e8b2f90a7d4",
          unixMilliseconds: 1_769_689_174_499, monotonicMilliseconds: 0),
        process: 1, host: "3f2a9c0d1e4b")
    ),
    ("file-4-without-boot", file(clock: nil)),
    ("file-4-layout", file(1_769_689_177_500, layout: .sonyflake)),
    ("file-4-longest", longest(fileHost: String(repeating: "h", count: 32))),
    ("etcd-3-held", key()),
    ("etcd-3-released", key(released, owner: 0)),
    ("etcd-3-without-boot", key(clock: nil)),
    ("etcd-3-layout", key(layout: .javascript)),
    (
      "etcd-3-longest",
      longest(
        owner: .init(
          number: .max, host: String(repeating: "h", count: 64), leaseWindowMilliseconds: 3_600_000)
      )
    ),
  ]

  /// What a later version may write, with fields of its own, and how this one reads it.
  static let added: [(name: String, known: ReservationRecord)] = [
    ("file-4-added", file()),
    ("file-4-added-without-boot", file(clock: nil)),
    ("etcd-3-added", key()),
    ("etcd-3-added-released", key(released, clock: nil, owner: 0)),
  ]

  /// What no version accepts, and why this one does not.
  static let refused: [(name: String, reason: String)] = [
    ("refused-file-5", "its version is 5, and this idgen reads only 1, 2, 3 and 4"),
    ("refused-file-empty", "its length is not 256"),
    ("refused-file-cut", "its length is not 256"),
    ("refused-file-zeroes", "its line 1 is not `idgen-reservation …`"),
    ("refused-file-torn", "its checksum does not match"),
    ("refused-file-limit", "its checksum does not match"),
    ("refused-file-added-changed", "its checksum does not match"),
    ("refused-file-added-to-2", "its checksum does not match"),
    ("refused-file-added-before", "its line 7 is not `host …`"),
    ("refused-file-added-twice", "its line 12, `zone …`, is not in its place"),
    ("refused-file-twice", "its line 11, `limit …`, is not in its place"),
    ("refused-file-owner", "it names an owner, as only a key of etcd does"),
    ("refused-etcd-5", "its version is 5, and this idgen reads only 1, 2, 3 and 4"),
    ("refused-etcd-without-owner", "it names no owner"),
    ("refused-etcd-changed-owner", "its checksum does not match"),
  ]

  private func parse(
    _ name: String, machineID: Int = 7
  ) throws(RecordError) -> ReservationRecord {
    let bytes = (try? GoldenRecord.bytes(name)) ?? []
    return name.contains("file")
      ? try ReservationRecord(ofFile: bytes, machineID: machineID)
      : try ReservationRecord(ofKey: bytes, machineID: machineID)
  }

  @Test func eachFileIsInATable() throws {
    let names = Self.written.map(\.name) + Self.added.map(\.name) + Self.refused.map(\.name)
    #expect(try GoldenRecord.names() == Set(names))
  }

  @Test(arguments: written)
  func isRead(_ name: String, _ record: ReservationRecord) throws {
    #expect(try parse(name, machineID: record.machineID) == record)
  }

  /// If this fails, the record has changed: the old golden file stays, and is still read; a new one
  /// is added. docs/STATE.md says which changes an older version accepts.
  @Test(arguments: written)
  func isWrittenWithTheSameBytes(_ name: String, _ record: ReservationRecord) throws {
    let text = String(decoding: record.bytes, as: UTF8.self)
    #expect(try record.bytes == GoldenRecord.bytes(name), "Tests/Golden/\(name) is not \(text)")
  }

  /// Fields that a later version has added are not kept, because they may no longer hold: what this
  /// version writes is what it would write without them.
  @Test(arguments: added)
  func addedFieldsAreReadOverAndDropped(_ name: String, _ known: ReservationRecord) throws {
    let record = try parse(name)
    #expect(try record.bytes == GoldenRecord.bytes(name))
    #expect(record.addedFields == ["zone eu-west-1a", "renewals 17"])
    let next = ReservationRecord(
      layout: record.layout, machineID: record.machineID, reservation: record.reservation,
      processID: record.processID, fileHost: record.fileHost, owner: record.owner)
    #expect(next == known)
  }

  @Test(arguments: refused)
  func isRefused(_ name: String, _ reason: String) {
    let error = #expect(throws: RecordError.self) { try parse(name) }
    #expect(error?.reason == reason)
  }

  /// Each bit of a record with added fields, also theirs.
  @Test(arguments: added.map(\.name))
  func everyChangedBitIsRefused(_ name: String) throws {
    let bytes = try GoldenRecord.bytes(name)
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << bit
        if (try? ReservationRecord(changed, machineID: 7)) != nil {
          Issue.record("byte \(index) may be \(changed[index])")
        }
      }
    }
  }

  /// Complete records, with a matching checksum, whose added line is not a field.
  @Test(arguments: [
    "zone", "zone ", " a", "Zone a", "zone eu west", "zone é", "zone a\u{7F}", "zo_ne a", "",
    "crc32", "time 5", "boot x", "owner 0", "idgen-reservation 4",
  ])
  func whatIsNotAFieldIsRefused(_ line: String) throws {
    let text = String(decoding: try GoldenRecord.bytes("file-4-added"), as: UTF8.self)
    let end = try #require(text.firstRange(of: "crc32"))
    for line in [line, "renewals-2 18"] {
      let body = text[..<end.lowerBound] + "\(line)\n"
      var bytes = Array("\(body)crc32 \(CRC32.checksum(Array(body.utf8)))\n".utf8)
      bytes += [UInt8](repeating: UInt8(ascii: " "), count: max(0, 255 - bytes.count))
      bytes.append(UInt8(ascii: "\n"))
      if line.hasPrefix("renewals") {
        #expect(throws: Never.self) { try ReservationRecord(ofFile: bytes, machineID: 7) }
      } else {
        #expect(throws: RecordError.self) { try ReservationRecord(ofFile: bytes, machineID: 7) }
      }
    }
  }
}

// MARK: - In a store

extension GoldenRecordTests {
  /// The next owner begins at the recorded limit, and writes the record of this version.
  @Test(arguments: written + added.map { (name: $0.name, record: $0.known) })
  func theNextOwnerOfAFileBeginsAtTheLimit(_ name: String, _ record: ReservationRecord) throws {
    guard name.hasPrefix("file"), record.machineID == 7 else { return }
    let state = try StoreFolder()
    let file = state.file(7)
    try FileManager.default.copyItem(
      atPath: GoldenRecord.url(name).path(percentEncoded: false), toPath: file)
    let store = state.makeStore()
    let claim = try store.claim(7...7, layout: record.layout, on: state.loop)
    #expect(claim.found == record.reservation)
    let next = Reservation(limit: Self.held + 60_000)
    #expect(store.renew(to: next, on: state.loop) == nil)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    let written = try ReservationRecord(ofFile: bytes, machineID: 7)
    #expect(written.reservation == next)
    #expect(written.addedFields == [])
  }
}

extension EtcdStoreTests {
  @Test(
    arguments: GoldenRecordTests.written
      + GoldenRecordTests.added.map { (name: $0.name, record: $0.known) })
  func theNextOwnerOfAKeyBeginsAtTheLimit(_ name: String, _ record: ReservationRecord) throws {
    guard name.hasPrefix("etcd"), record.machineID == 7 else { return }
    let fixture = EtcdFixture()
    fixture.network.etcd.put(fixture.key(7), try GoldenRecord.bytes(name))
    let claim = try #require(fixture.claim(fixture.store(), 7...7, layout: record.layout)).get()
    #expect(claim.found == record.reservation)
    let entry = try #require(fixture.network.etcd.entries[fixture.key(7)])
    let written = try ReservationRecord(ofKey: entry.value, machineID: 7)
    #expect(written.reservation == claim.reserved)
    #expect(written.addedFields == [])
  }
}
