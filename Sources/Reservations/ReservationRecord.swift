import Snowflake

/// The record that a store keeps for one machine ID, as readable text.
///
/// ```
/// idgen-reservation 3
/// layout 1-41-10-12
/// epoch 1704067200000
/// machine 7
/// limit 65621977499
/// process 4321
/// owner 9f86d081884c7d65
/// host app-7
/// window 15000
/// boot 9d1e3c7a-52b4-4f0e-8a61-0c2f7b95d3e8
/// time 1769689174499
/// uptime 86400000
/// crc32 1182067630
/// ```
///
/// This is version 3, for etcd. Version 4 is for a file, whose lock shows the owner: it has no
/// `owner` and `window`, and it has a fixed length, so that writing it never changes the file's
/// size. If the boot has no ID, a record has no `boot`, `time` and `uptime`.
///
/// Earlier builds wrote version 2 to files, and version 1 if the boot has no ID: without `host`.
///
/// What later versions of idgen may change is in docs/STATE.md.
struct ReservationRecord: Equatable {
  /// The size of a file, versions 1, 2 and 4.
  static let byteCount = 256
  /// The maximum length of a host's name in a file; a longer one is cut. The longest values of all
  /// other lines take 210 bytes with the default layout, and 224 with any: then the name is cut to
  /// what is left.
  static let fileHostCharacterCount = 32

  var layout: SnowflakeLayout
  var machineID: Int
  var reservation: Reservation
  /// The process that wrote it, for operators.
  var processID: Int
  /// The host, or the container, of that process in version 4, for operators; see ``HostName``.
  private(set) var fileHost: String?
  /// The owner in version 3.
  var owner: Owner?
  /// The lines that a later version of idgen has added to version 3 or 4. No record that this one
  /// makes has any: it cannot tell whether they still hold.
  private(set) var addedFields: [String] = []

  /// The owner of version 3.
  struct Owner: Equatable {
    /// Random for each start of a process; 0 once the machine ID is released.
    var number: UInt64
    /// 1…64 letters, digits, dots, dashes and underscores.
    var host: String
    /// The owner's lease window: see ``ReservationPolicy/leaseWindowRange``.
    var leaseWindowMilliseconds: Int64
  }

  /// - Parameters:
  ///   - fileHost: for version 4.
  ///   - owner: for version 3.
  init(
    layout: SnowflakeLayout = .default, machineID: Int, reservation: Reservation, processID: Int,
    fileHost: String? = nil, owner: Owner? = nil
  ) {
    self.layout = layout
    self.machineID = machineID
    self.reservation = reservation
    self.processID = processID
    self.owner = owner
    guard let fileHost else { return }
    // The checksum has ten digits at most.
    let rest = Self.byteCount - text(fileHost: "").utf8.count - "crc32 0123456789\n\n".utf8.count
    self.fileHost = String(fileHost.prefix(min(rest, Self.fileHostCharacterCount)))
  }

  /// The process that wrote it.
  var writer: ReservationOwner {
    ReservationOwner(number: owner?.number, host: owner?.host ?? fileHost, processID: processID)
  }

  /// The record: each line is a name and a value. The last is the checksum of all lines before.
  var bytes: [UInt8] {
    let text = text(fileHost: fileHost)
    let line = "crc32 \(CRC32.checksum(Array(text.utf8)))\n"
    let bytes = Array((text + line).utf8)
    guard owner == nil else { return bytes }
    let paddingCount = max(0, Self.byteCount - bytes.count - 1)
    return bytes + [UInt8](repeating: UInt8(ascii: " "), count: paddingCount)
      + [UInt8(ascii: "\n")]
  }

  /// The lines before the checksum.
  private func text(fileHost: String?) -> String {
    var text = """
      idgen-reservation \(version)
      layout \(layout.recordText)
      epoch \(layout.epochUnixMilliseconds)
      machine \(machineID)
      limit \(reservation.limit - layout.epochUnixMilliseconds)
      process \(processID)

      """
    if let fileHost { text += "host \(fileHost)\n" }
    if let owner {
      text += """
        owner \(owner.number.hexadecimal)
        host \(owner.host)
        window \(owner.leaseWindowMilliseconds)

        """
    }
    if let clock = reservation.clock {
      text += """
        boot \(clock.bootID)
        time \(clock.unixMilliseconds)
        uptime \(clock.monotonicMilliseconds)

        """
    }
    for field in addedFields { text += "\(field)\n" }
    return text
  }

  private var version: Int {
    if owner != nil { return 3 }
    if fileHost != nil { return 4 }
    return reservation.clock != nil ? 2 : 1
  }

  /// Parses a record. It accepts only what this program would have written, and after that, in
  /// versions 3 and 4, fields that a later version of idgen has added.
  init(_ bytes: [UInt8], machineID: Int) throws(RecordError) {
    var fields = RecordFields(bytes)
    let version = try fields.version()
    let layoutText = try fields.value("layout")
    let epoch = try fields.number("epoch")
    guard let layout = SnowflakeLayout(recordText: layoutText, epochUnixMilliseconds: epoch) else {
      throw RecordError("its layout is not one of an ID")
    }
    self.layout = layout
    guard try fields.number("machine") == machineID else {
      throw RecordError("its machine ID is not \(machineID)")
    }
    guard machineID <= layout.maximumMachineID else {
      throw RecordError("its machine ID is not one of its layout")
    }
    self.machineID = machineID
    let limit = try fields.number("limit")
    guard limit <= layout.endUnixMilliseconds - epoch else {
      throw RecordError("its limit is past the last timestamp")
    }
    reservation = Reservation(limit: epoch + limit)
    processID = Int(try fields.number("process"))
    if version == 3 { owner = try Owner(&fields) }
    if version == 4 { fileHost = try fields.host(upTo: Self.fileHostCharacterCount) }
    if version == 2 || version >= 3 && fields.isNext("boot") {
      reservation.clock = try RecordedClock(&fields)
    }
    if version >= 3 { addedFields = try fields.addedFields() }
    guard bytes == self.bytes else {
      throw RecordError("its checksum does not match")
    }
  }
}

extension ReservationRecord {
  /// Parses the content of a file.
  init(ofFile bytes: [UInt8], machineID: Int) throws(RecordError) {
    guard bytes.count == Self.byteCount else {
      throw RecordError("its length is not \(Self.byteCount)")
    }
    try self.init(bytes, machineID: machineID)
    guard owner == nil else { throw RecordError("it names an owner, as only a key of etcd does") }
  }

  /// Parses the value of a key in etcd.
  init(ofKey bytes: [UInt8], machineID: Int) throws(RecordError) {
    try self.init(bytes, machineID: machineID)
    guard owner != nil else { throw RecordError("it names no owner") }
  }
}

extension ReservationRecord.Owner {
  fileprivate init(_ fields: inout RecordFields) throws(RecordError) {
    guard let number = UInt64(try fields.value("owner"), radix: 16) else {
      throw RecordError("its owner is not a number")
    }
    self.number = number
    host = try fields.host(upTo: HostName.characterCounts.upperBound)
    leaseWindowMilliseconds = try fields.number("window")
    guard ReservationPolicy.leaseWindowRange.contains(leaseWindowMilliseconds) else {
      throw RecordError("its window is out of range")
    }
  }
}

extension RecordedClock {
  fileprivate init(_ fields: inout RecordFields) throws(RecordError) {
    let bootID = try fields.value("boot")
    guard BootID.isValid(bootID) else { throw RecordError("its boot is not a boot ID") }
    self.init(
      bootID: String(bootID), unixMilliseconds: try fields.number("time"),
      monotonicMilliseconds: try fields.number("uptime"))
    guard isPlausible else { throw RecordError("its clock is past the year 2200") }
  }
}

extension UInt64 {
  /// 16 lowercase hexadecimal digits.
  var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
