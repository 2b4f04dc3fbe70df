import Snowflake

extension SnowflakeLayout {
  /// The layout as a record has it, but for the epoch: the unused bits and those of the fields,
  /// from the top. `1-41-10-12` is the default; `1-39x10-s8-m16` has a unit of 10 ms, and the
  /// sequence above the machine ID.
  var recordText: String {
    let unit = unitMilliseconds == 1 ? "" : "x\(unitMilliseconds)"
    return switch order {
    case .machineIDFirst: "\(unusedBits)-\(timestampBits)\(unit)-\(machineIDBits)-\(sequenceBits)"
    case .sequenceFirst:
      "\(unusedBits)-\(timestampBits)\(unit)-s\(sequenceBits)-m\(machineIDBits)"
    }
  }

  /// The layout that a record has; `nil` if there is no such layout.
  init?(recordText: some StringProtocol, epochUnixMilliseconds: Int64) {
    let parts = recordText.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let timestamp = parts[1].split(separator: "x", maxSplits: 1, omittingEmptySubsequences: false)
    let isSequenceFirst = parts[2].hasPrefix("s") && parts[3].hasPrefix("m")
    let low = parts[2...].map { Int(isSequenceFirst ? $0.dropFirst() : $0) }
    guard let timestampBits = Int(timestamp[0]), let high = low[0], let lowest = low[1],
      let unit = timestamp.count == 1 ? 1 : Int64(timestamp[1]),
      let layout = try? SnowflakeLayout(
        timestampBits: timestampBits, machineIDBits: isSequenceFirst ? lowest : high,
        sequenceBits: isSequenceFirst ? high : lowest,
        order: isSequenceFirst ? .sequenceFirst : .machineIDFirst, unitMilliseconds: unit,
        epochUnixMilliseconds: epochUnixMilliseconds),
      layout.recordText == recordText
    else { return nil }
    self = layout
  }
}

extension ReservationRecord {
  /// `nil` if the record is of this layout.
  ///
  /// - Parameters:
  ///   - name: the record's file or key.
  ///   - now: in milliseconds since 1970.
  func mismatch(with layout: SnowflakeLayout, name: String, now: Int64) -> LayoutMismatch? {
    guard self.layout != layout else { return nil }
    return LayoutMismatch(
      name: name, recorded: self.layout, limitUnixMilliseconds: reservation.limit,
      requested: layout, nowUnixMilliseconds: now)
  }
}
