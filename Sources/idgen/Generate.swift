import ArgumentParser
import IDServer
import Reservations
import Snowflake

/// `idgen generate`: makes IDs without a server.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes IDs to standard output, one per line.",
    discussion: """
      With a state directory or etcd, it claims the machine ID and reserves time there as a server \
      does. If another process has the machine ID, it ends with status 75. Without a store, it and \
      another process with the same machine ID can make the same IDs.
      """)

  @OptionGroup
  var ids: IDOptions

  @Option(help: ArgumentHelp("Number of IDs, 1 or more. [1]", valueName: "value"))
  var count: String?

  func run() throws {
    do {
      let configuration = try IDConfiguration(flags: ids.flags, environment: environment)
      let count = try Configuration.count(flag: count)
      if configuration.store == nil {
        printToStandardError(
          "idgen: neither STATE_DIR nor ETCD_ENDPOINTS is set: nothing keeps another process with this machine ID from "
            + "making the same IDs")
      }
      let source = try StandaloneSource(configuration) {
        printToStandardError("idgen: waiting: \($0)")
      }
      do {
        try write(count, from: source)
      } catch {
        try? source.release()
        throw error
      }
      try source.release()
    } catch let error as ConfigurationError {
      throw ExitCode.explained(.usage, error)
    } catch let error as ServerError {
      throw ExitCode.explained(ExitStatus(error), error)
    }
  }

  private func write(_ count: Int, from source: StandaloneSource) throws {
    var output = StandardOutput()
    var missingCount = count
    while missingCount > 0 {
      let run = try source.nextRun(upTo: missingCount)
      for id in run { try output.writeLine("\(id)") }
      missingCount -= run.count
    }
    try output.flush()
  }
}
