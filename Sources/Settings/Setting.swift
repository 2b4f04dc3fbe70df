import API
import IDServer

/// A setting: everything that there is to say about it.
///
/// It is given as a flag or as an environment variable; the flag wins. To add one: a property with
/// its default in `Configuration`, `Limits`, `IDConfiguration` or `EtcdConfiguration`; an entry in
/// SettingTable.swift whose destination is that property; a row in README.md, which a test
/// compares.
public struct Setting: Sendable {
  /// Where a value goes.
  typealias Destination<Value> = any WritableKeyPath<SettingValues, Value> & Sendable
  /// Checks a text, and stores its value.
  typealias Store =
    @Sendable (SettingText, inout SettingValues) throws(ConfigurationError) -> Void

  /// The flag, such as `--machine-id`.
  public let flag: String
  /// The environment variable, such as `MACHINE_ID`; `nil` if there is only the flag.
  public let variable: String?
  /// What is allowed, as the help shows it, such as `0-1023`.
  public let allowed: String
  /// The value if none is given, or what applies then, such as `none`.
  public let defaultText: String
  /// What it is, in a sentence or two.
  public let help: String
  /// Whether the flag alone, without a value, means 1.
  public let isSwitch: Bool
  /// The variables of the settings without which this one has no effect.
  let requires: [String]
  let store: Store

  /// The unit of a number, which is part of its name: `ms` or `bytes`.
  public var unit: String? {
    if flag.hasSuffix("-ms") { "ms" } else if flag.hasSuffix("-bytes") { "bytes" } else { nil }
  }

  /// A setting whose default is the value at its destination.
  ///
  /// - Parameters:
  ///   - name: the environment variable, from which the flag follows; or a flag alone.
  ///   - path: where the value goes.
  ///   - requires: the variables of the settings without which this one has no effect.
  init<Value>(
    _ name: String, _ type: SettingType<Value>, to path: Destination<Value>,
    requires: [String] = [], _ help: String
  ) {
    let defaultText = type.format(SettingValues.defaults[keyPath: path])
    self.init(name, type, requires, defaultText, help) { text, values throws(ConfigurationError) in
      values[keyPath: path] = try type.parse(text)
    }
  }

  /// A setting without which there is no value.
  ///
  /// - Parameter defaultText: what applies then, as the help shows it.
  init<Value>(
    _ name: String, _ type: SettingType<Value>, to path: Destination<Value?>,
    requires: [String] = [], default defaultText: String, _ help: String
  ) {
    self.init(name, type, requires, defaultText, help) { text, values throws(ConfigurationError) in
      values[keyPath: path] = try type.parse(text)
    }
  }

  /// The same for a setting that is checked together with others, whose errors name its source.
  init<Value>(
    _ name: String, _ type: SettingType<Value>, to path: Destination<Given<Value>?>,
    default defaultText: String, _ help: String
  ) {
    self.init(name, type, [], defaultText, help) { text, values throws(ConfigurationError) in
      values[keyPath: path] = Given(text: text, value: try type.parse(text))
    }
  }

  private init<Value>(
    _ name: String, _ type: SettingType<Value>, _ requires: [String], _ defaultText: String,
    _ help: String, store: @escaping Store
  ) {
    variable = name.hasPrefix("-") ? nil : name
    flag = variable.map(Self.flag) ?? name
    allowed = type.allowed
    isSwitch = type.isSwitch
    self.requires = requires
    self.defaultText = defaultText
    self.help = help
    self.store = store
  }

  /// The flag of a variable: `--machine-id` of `MACHINE_ID`.
  static func flag(_ variable: String) -> String {
    "--" + String(variable.lowercased().map { $0 == "_" ? "-" : $0 })
  }
}

/// A value that was given, and its text and source, so that an error can name them.
struct Given<Value: Sendable>: Sendable {
  let text: SettingText
  let value: Value

  /// `STATE_DIR` or `--state-dir`.
  var name: String { text.name }

  /// As a user sets it, such as `STATE_DIR=/state`.
  var assignment: String { "\(name)=\(text.value.shortened)" }
}
