/// A setting, given as a flag or as an environment variable; the flag wins.
public enum Setting: String, CaseIterable, Sendable {
  case machineID = "MACHINE_ID"
  case machineIDOffset = "MACHINE_ID_OFFSET"
  case machineIDRange = "MACHINE_ID_RANGE"
  case stateDirectory = "STATE_DIR"
  case etcdEndpoints = "ETCD_ENDPOINTS"
  case etcdPrefix = "ETCD_PREFIX"
  case etcdUsername = "ETCD_USERNAME"
  case etcdPasswordFile = "ETCD_PASSWORD_FILE"
  case reservation = "RESERVATION_MS"
  case clockSkew = "CLOCK_SKEW_MS"
  case clockTolerance = "CLOCK_TOLERANCE_MS"
  case port = "PORT"
  case host = "HOST"
  case reusePort = "REUSE_PORT"
  case deferAccept = "DEFER_ACCEPT"
  case logLevel = "LOG_LEVEL"
  case logFormat = "LOG_FORMAT"
  case accessLog = "ACCESS_LOG"
  case maxConnections = "MAX_CONNECTIONS"
  case maxTargetBytes = "MAX_TARGET_BYTES"
  case maxHeadBytes = "MAX_HEAD_BYTES"
  case maxFields = "MAX_FIELDS"
  case maxBodyBytes = "MAX_BODY_BYTES"
  case maxQueuedBytes = "MAX_QUEUED_BYTES"
  case maxHeldBytes = "MAX_HELD_BYTES"
  case headTimeout = "HEAD_TIMEOUT_MS"
  case idleTimeout = "IDLE_TIMEOUT_MS"
  case drainTimeout = "DRAIN_TIMEOUT_MS"

  /// The environment variable.
  public var variable: String { rawValue }

  /// The flag, such as `--machine-id`.
  public var flag: String {
    "--" + String(rawValue.lowercased().map { $0 == "_" ? "-" : $0 })
  }
}

/// A setting's value, and its source, so that an error can name it.
struct SettingValue: Sendable {
  /// `MACHINE_ID` or `--machine-id`.
  let name: String
  let text: String

  init(name: String, text: String) {
    (self.name, self.text) = (name, text)
  }

  /// The flag's value if the flag was given, else the environment variable's, else `nil`.
  init?(_ setting: Setting, flags: [Setting: String], environment: (String) -> String?) {
    if let text = flags[setting] {
      (name, self.text) = (setting.flag, text)
    } else if let text = environment(setting.variable) {
      (name, self.text) = (setting.variable, text)
    } else {
      return nil
    }
  }

  /// The value as a whole number in decimal digits, without sign, space or fraction.
  ///
  /// - Parameter reason: the reason for the range, if it is not obvious.
  func integer(
    in range: ClosedRange<Int>, because reason: String? = nil
  ) throws(ConfigurationError) -> Int {
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let value = Int(text),
      range.contains(value)
    else {
      throw ConfigurationError(
        "\(name) is \(text.quoted): "
          + "a whole number from \(range.lowerBound) to \(range.upperBound) is required"
          + (reason.map { " (\($0))" } ?? ""))
    }
    return value
  }

  /// The value, which must not be empty.
  func nonEmpty(_ required: String) throws(ConfigurationError) -> String {
    guard !text.isEmpty else {
      throw ConfigurationError("\(name) is empty: \(required) is required")
    }
    return text
  }

  /// The value as two whole numbers with a dash between them, the first not above the second.
  func range(in allowed: ClosedRange<Int>) throws(ConfigurationError) -> ClosedRange<Int> {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
      SettingValue(name: name, text: String($0))
    }
    guard ends.count == 2, let first = try? ends[0].integer(in: allowed),
      let last = try? ends[1].integer(in: allowed), first <= last
    else {
      throw ConfigurationError(
        "\(name) is \(text.quoted): two whole numbers from \(allowed.lowerBound) to "
          + "\(allowed.upperBound) with a dash between them are required, such as 0-99")
    }
    return first...last
  }

  /// The value as a case of an enumeration.
  func choice<Choice: RawRepresentable & CaseIterable>(
    of type: Choice.Type
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConfigurationError("\(name) is \(text.quoted): one of \(words) is required")
    }
    return choice
  }
}

/// An invalid setting: one line that names the setting, its value and what is allowed.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension String {
  /// In quotes, with control characters escaped, and shortened.
  var quoted: String { "\"\(escapedForJSON.shortened)\"" }
}
