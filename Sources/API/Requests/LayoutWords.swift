import Snowflake

/// The numbers, examples and words of a layout, for the API's description and the page.
struct LayoutWords {
  let layout: SnowflakeLayout
  private let limits: LayoutLimits
  /// IDs of machine 1 from the contract's moment on, or from the epoch on if the layout has no ID
  /// of that moment: one or more, as `/ids?count=3` makes them.
  let examples: [DecodedID]
  let interval: (from: String, to: String)
  private let bounds: ClosedRange<SnowflakeID>?

  init(_ limits: LayoutLimits) {
    self.limits = limits
    layout = limits.layout
    examples = Self.examples(of: layout, count: min(3, limits.batchCounts.upperBound))
    let day = Self.moment.day..<Self.moment.day + Self.dayMilliseconds
    if layout.epochUnixMilliseconds <= day.lowerBound,
      layout.lastUnixMilliseconds >= day.upperBound
    {
      interval = ("2026-01-29", "2026-01-30")
      bounds = layout.ids(madeIn: day)
    } else {
      let start = layout.epochUnixMilliseconds
      let end = min(start + Self.dayMilliseconds, layout.lastUnixMilliseconds + 1)
      let endTime = UTCTime(unixMilliseconds: end)
      // RFC 3339 has no year 10000.
      interval = ("\(layout.epoch)", endTime.year <= 9999 ? "\(endTime)" : "\(end)")
      bounds = layout.ids(madeIn: start..<end)
    }
  }

  /// The contract's moment, 2026-01-29T12:19:34.499Z, and the midnight before it.
  private static let moment = (
    unixMilliseconds: 1_769_689_174_499 as Int64, day: 1_769_644_800_000 as Int64
  )
  private static let dayMilliseconds: Int64 = 86_400_000

  private static func examples(of layout: SnowflakeLayout, count: Int) -> [DecodedID] {
    let times = layout.epochUnixMilliseconds...layout.lastUnixMilliseconds
    let sinceEpoch =
      times.contains(moment.unixMilliseconds)
      ? moment.unixMilliseconds - layout.epochUnixMilliseconds : 0
    let first = min(sinceEpoch / layout.unitMilliseconds, max(0, layout.maximumTimestamp - 1))
    return (0..<count).map { index in
      let (timestamps, sequence) = index.quotientAndRemainder(
        dividingBy: layout.maximumSequence + 1)
      let id = layout.id(
        timestamp: first + Int64(timestamps), machineID: 1, sequence: UInt64(sequence))
      return DecodedID(made: id, by: layout)
    }
  }
}

// MARK: - Words

extension LayoutWords {
  private var unusedBits: Int { layout.unusedBits }

  /// Whether the timestamp counts milliseconds.
  private var hasMilliseconds: Bool { layout.unitMilliseconds == 1 }

  /// The fields from the highest bits to the lowest, such as `0 | 41 bits timestamp | …`.
  private var bitPicture: String {
    let machineID = "\(Self.bits(layout.machineIDBits)) machine ID"
    let sequence = "\(Self.bits(layout.sequenceBits)) sequence"
    let fields = layout.order == .machineIDFirst ? [machineID, sequence] : [sequence, machineID]
    let unused = unusedBits == 1 ? "0" : "\(unusedBits) bits 0"
    let all = [unused, "\(Self.bits(layout.timestampBits)) timestamp"] + fields
    return all.joined(separator: " | ")
  }

  static func bits(_ count: Int) -> String { count == 1 ? "1 bit" : "\(count) bits" }

  /// The time without milliseconds, if it has none.
  private func brief(_ time: UTCTime) -> String {
    time.millisecond == 0 ? time.formatted("%Y-%m-%dT%H:%M:%SZ") : "\(time)"
  }

  /// Whether a number in JavaScript holds every ID exactly.
  var isExactInJavaScript: Bool { layout.maximumID.rawValue <= 1 << 53 }

  /// Since when every ID is 2^53 or above, to the second; `nil` if that is never so.
  private var inexactSince: UTCTime? {
    let timestamp: Int64 = layout.timestampShift < 53 ? 1 << Int64(53 - layout.timestampShift) : 1
    guard timestamp <= layout.maximumTimestamp else { return nil }
    return UTCTime(
      unixMilliseconds: layout.epochUnixMilliseconds + timestamp * layout.unitMilliseconds)
  }

  /// What a number in JavaScript makes of the IDs; the lines are indented as in the document.
  private var exactness: String {
    if isExactInJavaScript {
      return "No ID is above 2^53, so a number in JavaScript can hold each of them exactly."
    }
    let subject =
      inexactSince.map { "Every ID since \($0.formatted("%Y-%m-%dT%H:%M:%SZ")) is" }
      ?? "IDs can be"
    return """
      \(subject) above 2^53, which is more than a number in JavaScript can hold
          exactly: there, ask for `format=string`.
      """
  }

  /// An interval that is outside the layout's time.
  private var otherInterval: (from: Int64, to: Int64) {
    let last = layout.lastUnixMilliseconds
    return layout.epochUnixMilliseconds > 0 ? (0, 1) : (last + 1, last + 2)
  }
}

// MARK: - Values

extension LayoutWords {
  /// The values of the placeholders in Documents/openapi.yaml, but for the version.
  var ofAPIDescription: [String: String] {
    let ids = examples.map { "\($0.id)" }
    let last = layout.lastUnixMilliseconds
    let maximumMilliseconds = layout.maximumTimestamp * layout.unitMilliseconds
    return [
      "bit_picture": bitPicture,
      "units": hasMilliseconds ? "milliseconds" : "units of \(layout.unitMilliseconds) ms",
      "unit": layout.unitName,
      "one_unit": hasMilliseconds ? "one millisecond" : "\(layout.unitMilliseconds) ms",
      "epoch": brief(layout.epoch),
      "epoch_ms": "\(layout.epoch)",
      "last_time": "\(layout.lastTime)",
      "time_past_last": "\(UTCTime(unixMilliseconds: last + 1))",
      "exactness": exactness,
      "id": ids.first ?? "0",
      "ids": ids.joined(separator: ", "),
      "id_strings": ids.map { "\"\($0)\"" }.joined(separator: ", "),
      "id_lines": ids.map { $0 + #"\n"# }.joined(),
      "count": "\(ids.count)",
      "maximum_count": "\(limits.batchCounts.upperBound)",
      "count_past_maximum": "\(limits.batchCounts.upperBound + 1)",
      "maximum_id": "\(limits.maximumID)",
      "maximum_id_digits": "\("\(limits.maximumID)".utf8.count)",
      "maximum_timestamp_ms": "\(maximumMilliseconds)",
      "maximum_machine_id": "\(layout.maximumMachineID)",
      "maximum_sequence": "\(layout.maximumSequence)",
      "decoded": examples.first?.json ?? "",
      "decoded_string": examples.first?.json(.string) ?? "",
      "from": interval.from,
      "to": interval.to,
      "first": bounds.map { "\($0.lowerBound)" } ?? "0",
      "last": bounds.map { "\($0.upperBound)" } ?? "0",
      "other_from": "\(otherInterval.from)",
      "other_to": "\(otherInterval.to)",
    ]
  }
}

// MARK: - The page

extension LayoutWords {
  /// A field below the timestamp, as the page shows it.
  private struct Field {
    let cssClass: String
    let title: String
    /// With the number of bits.
    let name: String
    let range: String
    /// The places that each request fills.
    let places: (bits: String, value: String)
  }

  private var machineField: Field {
    Field(
      cssClass: "machine", title: "machine ID",
      name: "Machine, \(Self.unbroken(Self.bits(layout.machineIDBits)))",
      range: "0 to \(layout.maximumMachineID)", places: ("{{machine_id_bits}}", "{{machine_id}}"))
  }

  private var sequenceField: Field {
    let unit = hasMilliseconds ? "ms" : "\(layout.unitMilliseconds) ms"
    return Field(
      cssClass: "sequence", title: "sequence",
      name: "Sequence, \(Self.unbroken(Self.bits(layout.sequenceBits)))",
      range: "0 to \(layout.maximumSequence) \(Self.unbroken("per \(unit)"))",
      places: ("{{sequence_bits}}", "{{sequence}}"))
  }

  /// The words with spaces at which no line breaks.
  private static func unbroken(_ words: String) -> String {
    words.split(separator: " " as Character).joined(separator: "&nbsp;")
  }

  /// Whether the parts are shown side by side in three columns, because one of them is narrower
  /// than its words.
  private var isStacked: Bool {
    layout.timestampBits < 22 || min(layout.machineIDBits, layout.sequenceBits) < 6
  }

  /// The epoch as people say it.
  private var epochInWords: String {
    let time = layout.epoch
    guard layout.epochUnixMilliseconds % Self.dayMilliseconds == 0 else { return brief(time) }
    return time.month == 1 && time.day == 1
      ? "the start of \(time.year), UTC" : time.formatted("%Y-%m-%d, UTC")
  }

  /// A number with a comma before every three digits.
  private static func grouped(_ number: Int) -> String {
    var text = ""
    let digits = String(number)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.utf8.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// The values of the placeholders in Documents/page.html; the others remain.
  var ofPage: [String: String] {
    numbersOfPage.merging(wordsOfPage) { $1 }
  }

  private var numbersOfPage: [String: String] {
    [
      "unused_width": "\(unusedBits)",
      "timestamp_column": "\(unusedBits + 1)",
      "timestamp_width": "\(layout.timestampBits)",
      "machine_width": "\(layout.machineIDBits)",
      "sequence_width": "\(layout.sequenceBits)",
      "epoch_ms": "\(layout.epochUnixMilliseconds)",
      "unit_ms": "\(layout.unitMilliseconds)",
      "maximum_id": "\(limits.maximumID)",
      "maximum_count": "\(limits.batchCounts.upperBound)",
      "timestamp_shift": "\(layout.timestampShift)",
      "machine_shift": "\(layout.machineIDShift)",
      "machine_mask": "\(layout.maximumMachineID)",
      "sequence_shift": "\(layout.sequenceShift)",
      "sequence_mask": "\(layout.maximumSequence)",
      "rate": Self.grouped(layout.idsPerSecond),
      "example": examples.first.map { "\($0.id)" } ?? "0",
      "from": interval.from,
      "to": interval.to,
    ]
  }

  private var wordsOfPage: [String: String] {
    let fields = [machineField, sequenceField]
    let (upper, lower) =
      layout.order == .machineIDFirst ? (fields[0], fields[1]) : (fields[1], fields[0])
    let count = min(10, limits.batchCounts.upperBound)
    let sign = #"<i title="The sign: always 0">0</i>"#
    let unused = String(repeating: #"<i title="Unused: always 0">0</i>"#, count: unusedBits - 1)
    return [
      "unused_name": unusedBits == 1 ? "sign" : "\(unusedBits) unused",
      "unused_cells": sign + unused,
      "unused_hidden": unusedBits < 8 ? " hidden" : "",
      "stacked": isStacked ? " stacked" : "",
      "timestamp_bit_count": Self.bits(layout.timestampBits),
      "units": hasMilliseconds ? "ms" : "units of \(layout.unitMilliseconds) ms",
      "epoch": epochInWords,
      "upper": upper.cssClass, "upper_title": upper.title, "upper_name": upper.name,
      "upper_range": upper.range, "upper_bits": upper.places.bits,
      "upper_value": upper.places.value,
      "lower": lower.cssClass, "lower_title": lower.title, "lower_name": lower.name,
      "lower_range": lower.range, "lower_bits": lower.places.bits,
      "lower_value": lower.places.value,
      "exactness": isExactInJavaScript
        ? "; as numbers they are exact in JavaScript too, because none is above 2<sup>53</sup>"
        : ", for JavaScript, which rounds numbers above 2<sup>53</sup>",
      "count": "\(count)",
      "count_in_words": count == 10 ? "Ten" : "\(count)",
    ]
  }
}
