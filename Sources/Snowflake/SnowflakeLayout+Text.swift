// The layout as text, for documents and messages.

extension SnowflakeLayout: CustomStringConvertible {
  /// The name of a preset; for another layout the bits, such as `41/10/12`, and its epoch.
  public var description: String { presetName ?? "\(bitsText) since \(epoch)" }
}

extension SnowflakeLayout {
  /// The name in ``presets``; `nil` if this layout is not there.
  package var presetName: String? { Self.presets.first { $0.layout == self }?.name }

  /// The bits of timestamp, machine ID and sequence in the order in which the ID has them, such as
  /// `41/10/12`; with another unit than a millisecond and another order, such as
  /// `39 of 10 ms/8 sequence/16 machine`.
  package var bitsText: String {
    let unit = unitMilliseconds == 1 ? "" : " of \(unitMilliseconds) ms"
    return switch order {
    case .machineIDFirst: "\(timestampBits)\(unit)/\(machineIDBits)/\(sequenceBits)"
    case .sequenceFirst:
      "\(timestampBits)\(unit)/\(sequenceBits) sequence/\(machineIDBits) machine"
    }
  }

  /// The unit of the timestamp as a noun: `millisecond`, or such as `unit of 10 ms`.
  package var unitName: String {
    unitMilliseconds == 1 ? "millisecond" : "unit of \(unitMilliseconds) ms"
  }
}
