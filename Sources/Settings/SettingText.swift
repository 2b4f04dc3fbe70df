import API
import HTTP1
import IDServer

/// The text given for a setting, and its source, so that an error can name it.
struct SettingText: Sendable {
  /// `MACHINE_ID` or `--machine-id`.
  let name: String
  let value: String

  init(name: String, value: String) {
    (self.name, self.value) = (name, value)
  }

  /// The flag's value if the flag was given, else the environment variable's, else `nil`.
  init?(_ setting: Setting, flags: [String: String], environment: (String) -> String?) {
    if let value = flags[setting.flag] {
      (name, self.value) = (setting.flag, value)
    } else if let variable = setting.variable, let value = environment(variable) {
      (name, self.value) = (variable, value)
    } else {
      return nil
    }
  }

  /// The error that says what is required instead.
  func error(required: String) -> ConfigurationError {
    ConfigurationError(
      value.isEmpty ? "\(name) is empty: \(required)" : "\(name) is \(value.quoted): \(required)")
  }

  /// The text as a whole number in decimal digits, without sign, space or fraction; `nil` if it is
  /// none, or out of range.
  func integer<Value: FixedWidthInteger>(in range: ClosedRange<Value>) -> Value? {
    guard value.utf8.allSatisfy(\.isDigit), let number = Value(value),
      range.contains(number)
    else { return nil }
    return number
  }
}

extension ClosedRange where Bound: FixedWidthInteger {
  /// What an error requires: `a whole number from 0 to 1023 is required`.
  ///
  /// - Parameter reason: the reason for the range, if it is not obvious, for brackets.
  func requirement(because reason: String? = nil) -> String {
    "a whole number from \(lowerBound) to \(upperBound) is required"
      + (reason.map { " (\($0))" } ?? "")
  }
}
