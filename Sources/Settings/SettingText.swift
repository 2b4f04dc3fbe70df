import IDServer

/// The text given for a setting, and its source, so that an error can name it.
struct SettingText: Sendable {
  /// `MACHINE_ID` or `--machine-id`.
  let name: String
  let text: String

  init(name: String, text: String) {
    (self.name, self.text) = (name, text)
  }

  /// The flag's value if the flag was given, else the environment variable's, else `nil`.
  init?(_ setting: Setting, flags: [String: String], environment: (String) -> String?) {
    if let text = flags[setting.flag] {
      (name, self.text) = (setting.flag, text)
    } else if let variable = setting.variable, let text = environment(variable) {
      (name, self.text) = (variable, text)
    } else {
      return nil
    }
  }

  /// The error that says what is required instead.
  func error(required: String) -> ConfigurationError {
    ConfigurationError(
      text.isEmpty ? "\(name) is empty: \(required)" : "\(name) is \(text.quoted): \(required)")
  }

  /// The text as a whole number in decimal digits, without sign, space or fraction; `nil` if it is
  /// none, or out of range.
  func integer<Value: FixedWidthInteger>(in range: ClosedRange<Value>) -> Value? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let value = Value(text),
      range.contains(value)
    else { return nil }
    return value
  }
}
