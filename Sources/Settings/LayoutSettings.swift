import HTTP1
import IDServer
import Snowflake

/// The settings of the layout. They are checked together when a configuration is made.
struct LayoutSettings: Sendable {
  var layout: Given<SnowflakeLayout>?
  /// In milliseconds since 1970.
  var epoch: Given<Int64>?
  var sequenceStart: Given<SequenceStart>?

  /// The layout with its epoch, which is 1970 to `now`.
  ///
  /// - Parameter now: the time of the wall clock, in milliseconds since 1970.
  func checkedLayout(at now: Int64) throws(ConfigurationError) -> SnowflakeLayout {
    let layout = layout?.value ?? .default
    guard let epoch else { return layout }
    guard epoch.value >= 0 else {
      throw epoch.text.error(required: "a time from \(UTCTime(unixMilliseconds: 0)) on is required")
    }
    guard epoch.value < now else {
      throw epoch.text.error(
        required: "a time in the past is required, and the clock reads "
          + "\(UTCTime(unixMilliseconds: now))")
    }
    do throws(SnowflakeLayoutError) {
      return try layout.with(epochUnixMilliseconds: epoch.value)
    } catch {
      throw epoch.text.error(required: "\(error)")
    }
  }

  /// The sequence with which each timestamp begins.
  func checkedSequenceStart() throws(ConfigurationError) -> SequenceStart {
    guard let sequenceStart else { return .zero }
    guard sequenceStart.value == .carried, let layout else { return sequenceStart.value }
    if layout.value.sequenceShift > 0 {
      throw sequenceStart.text.error(
        required: "zero is required with \(layout.assignment), whose lowest bits are the machine ID"
      )
    }
    if layout.value.sequenceBits < 4 {
      throw sequenceStart.text.error(
        required: "zero is required with \(layout.assignment), whose sequence has less than 4 bits")
    }
    return sequenceStart.value
  }

  /// The machine IDs that the layout allows.
  var machineIDs: ClosedRange<Int> { 0...(layout?.value ?? .default).maximumMachineID }

  /// The reason for that range, such as `ID_LAYOUT=javascript`; `nil` with the default layout.
  var rangeReason: String? { layout.flatMap { $0.value == .default ? nil : $0.assignment } }
}

extension SettingType where Value == SnowflakeLayout {
  /// The name of a preset, or bits such as `41/10/12`: those of the timestamp, the machine ID and
  /// the sequence, in milliseconds since the default layout's epoch.
  static var layout: Self {
    Self(allowed: "name or bits") { text throws(ConfigurationError) in
      if let preset = SnowflakeLayout.presets.first(where: { $0.name == text.value }) {
        return preset.layout
      }
      guard text.value.utf8.first?.isDigit ?? false else {
        throw text.error(
          required: "one of \(presetNames), or bits such as 41/10/12, is required")
      }
      let bits = text.value.split(separator: "/", omittingEmptySubsequences: false).map {
        SettingText(name: text.name, value: String($0)).integer(in: 0...Int.max)
      }
      guard bits.count == 3, let timestamp = bits[0], let machineID = bits[1],
        let sequence = bits[2]
      else {
        throw text.error(
          required: "the bits of timestamp/machine ID/sequence are required, such as 41/10/12, or "
            + "one of \(presetNames)")
      }
      do throws(SnowflakeLayoutError) {
        return try SnowflakeLayout(
          timestampBits: timestamp, machineIDBits: machineID, sequenceBits: sequence,
          epochUnixMilliseconds: SnowflakeLayout.default.epochUnixMilliseconds)
      } catch {
        throw text.error(required: "\(error)")
      }
    } format: {
      "\($0)"
    }
  }

  /// The names of the presets with commas between them.
  static var presetNames: String { SnowflakeLayout.presets.map(\.name).joined(separator: ", ") }
}

extension SettingType where Value == SnowflakeID {
  /// An ID of any layout.
  static var snowflakeID: Self {
    Self(allowed: "0-\(SnowflakeID.maximumRawValue)") { text throws(ConfigurationError) in
      guard let id = SnowflakeID(text.value) else {
        throw text.error(required: (0...SnowflakeID.maximumRawValue).requirement())
      }
      return id
    } format: {
      "\($0)"
    }
  }
}

extension SettingType where Value == Int64 {
  /// A time, in RFC 3339 or in milliseconds since 1970; negative before 1970.
  static var time: Self {
    Self(allowed: "time") { text throws(ConfigurationError) in
      guard let time = UTCTime.unixMilliseconds(text.value) else {
        throw text.error(
          required: "a date and time such as 2024-01-01T00:00:00Z, or milliseconds since 1970, is "
            + "required")
      }
      // 10^11 ms are in March 1973, and as many seconds in the year 5138.
      if text.value.utf8.allSatisfy(\.isDigit), 1..<100_000_000_000 ~= time {
        throw text.error(
          required: "milliseconds since 1970 are required, and this looks like seconds or a year; "
            + "if it is meant, write \(UTCTime(unixMilliseconds: time))")
      }
      return time
    } format: {
      "\($0)"
    }
  }
}
