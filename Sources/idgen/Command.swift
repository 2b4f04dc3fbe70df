import IDServer
import Settings

/// A subcommand: what it takes, and what it does.
struct Command: Sendable {
  let name: String
  /// What it does, in a sentence.
  let summary: String
  /// What else to know; the help breaks the lines.
  var details = ""
  var groups: [SettingGroup] = []
  /// The operands, as the help shows them; the last may be `id...`, for one or more.
  var operands: [String] = []
  let run: @Sendable (Arguments) throws(Exit) -> Void

  /// All subcommands, in the order of the help.
  static let all = [serve, generate, decode, bounds, machines, health, completion]

  var settings: [Setting] { groups.flatMap(\.settings) }

  /// What a command line gives to a subcommand.
  struct Arguments: Sendable {
    /// The settings of the subcommand.
    let settings: [Setting]
    /// The values, by flag.
    var flags: [String: String] = [:]
    var operands: [String] = []

    /// Makes a configuration from the values of the settings on the command line and in the
    /// environment.
    func configuration<Configuration>(
      make: (SettingValues) throws(ConfigurationError) -> Configuration
    ) throws(Exit) -> Configuration {
      do throws(ConfigurationError) {
        return try make(SettingValues(settings, flags: flags, environment: environment))
      } catch {
        throw Exit(error)
      }
    }
  }
}
