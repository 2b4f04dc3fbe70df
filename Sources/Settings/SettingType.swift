import API
import IDServer

/// The type of a setting: the values that are allowed, and how they are written.
struct SettingType<Value: Sendable>: Sendable {
  /// What is allowed, as the help shows it: `0-1023`, `text, json`, `folder`.
  let allowed: String
  /// Whether the flag alone, without a value, means 1.
  var isSwitch = false
  let parse: @Sendable (SettingText) throws(ConfigurationError) -> Value
  /// The value as a user writes it.
  let format: @Sendable (Value) -> String
}

extension SettingType where Value: FixedWidthInteger {
  /// A whole number.
  ///
  /// - Parameter reason: the reason for the maximum, if it is not obvious.
  static func number(_ range: ClosedRange<Value>, because reason: String? = nil) -> Self {
    let allowed = "\(range.lowerBound)-\(range.upperBound)"
    let required = range.requirement(because: reason)
    return Self(allowed: allowed) { text throws(ConfigurationError) in
      guard let value = text.integer(in: range) else { throw text.error(required: required) }
      return value
    } format: {
      "\($0)"
    }
  }
}

extension SettingType where Value == Bool {
  /// 0 or 1; the flag alone means 1.
  static var onOrOff: Self {
    Self(allowed: "0, 1", isSwitch: true) { text throws(ConfigurationError) in
      guard let value = text.integer(in: 0...1) else {
        throw text.error(required: "0 or 1 is required")
      }
      return value == 1
    } format: {
      $0 ? "1" : "0"
    }
  }
}

extension SettingType
where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of a few words.
  static var choice: Self {
    let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
    return Self(allowed: words) { text throws(ConfigurationError) in
      guard let value = Value(rawValue: text.value) else {
        throw text.error(required: "one of \(words) is required")
      }
      return value
    } format: {
      $0.rawValue
    }
  }
}

extension SettingType where Value == String {
  /// Any text: it is checked when a configuration is made, because what is allowed depends on
  /// another setting.
  ///
  /// - Parameter allowed: what is allowed by default.
  static func unchecked(_ allowed: String) -> Self {
    Self(allowed: allowed) { text throws(ConfigurationError) in
      text.value
    } format: {
      $0
    }
  }

  /// Any text but an empty one.
  ///
  /// - Parameter noun: what the text is: `folder`.
  static func nonEmpty(_ noun: String) -> Self {
    Self(allowed: noun) { text throws(ConfigurationError) in
      guard !text.value.isEmpty else { throw text.error(required: "a \(noun) is required") }
      return text.value
    } format: {
      $0
    }
  }
}

extension SettingType where Value == CORSPolicy {
  /// `*`, or origins with commas between them.
  static var corsPolicy: Self {
    Self(allowed: "origin,…") { text throws(ConfigurationError) in
      if text.value == "\(CORSPolicy.none)" { return .none }
      do throws(CORSPolicy.InvalidOrigin) {
        return try CORSPolicy(text.value)
      } catch {
        throw text.error(required: "\(error)")
      }
    } format: {
      "\($0)"
    }
  }
}

extension SettingType where Value == AdminPort {
  /// A port, or the first free one from a port on.
  static var adminPort: Self {
    Self(allowed: "0-65535 or first+") { text throws(ConfigurationError) in
      let isFirst = text.value.hasSuffix("+")
      let digits = SettingText(
        name: text.name, value: isFirst ? String(text.value.dropLast()) : text.value)
      guard let port = digits.integer(in: isFirst ? 1...65_535 : 0...UInt16.max) else {
        throw text.error(
          required: "a whole number from 0 to 65535, or such as 9100+, is required")
      }
      return AdminPort(first: port, last: isFirst ? .max : port)
    } format: {
      $0.first == $0.last ? "\($0.first)" : "\($0.first)+"
    }
  }
}
