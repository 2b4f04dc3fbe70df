import ArgumentParser
import IDServer
import Snowflake

/// `idgen generate`: IDs without a server.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes IDs to standard output, one a line.",
    discussion: """
      Do not give it the machine ID of a process that is running: both would make the same IDs.
      """)

  @Option(help: ArgumentHelp("0-1023. [MACHINE_ID; required]", valueName: "value"))
  var machineID: String?

  @Option(help: ArgumentHelp("How many, 1 or more. [1]", valueName: "value"))
  var count: String?

  func run() throws {
    do {
      let flags = machineID.map { [Setting.machineID: $0] } ?? [:]
      let machineID = try Configuration.machineID(flags: flags, environment: environment)
      let count = try Configuration.count(flag: count)
      var generator = try SnowflakeGenerator(machineID: machineID)
      for _ in 0..<count { print(try generator.next()) }
    } catch let error as ConfigurationError {
      throw ExitCode.explained(.usage, error)
    } catch let error as GeneratorError {
      throw ExitCode.explained(.failure, error)
    }
  }
}
