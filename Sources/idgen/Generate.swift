import IDServer
import Reservations
import Settings
import Snowflake

extension Command {
  /// `idgen generate`: makes IDs without a server.
  static let generate = Command(
    name: "generate", summary: "Write IDs to standard output, one per line.",
    details: """
      With a store, it claims the machine ID and reserves time there as a server does. If another \
      process has the machine ID, it ends with status 75. Without a store, it and another process \
      with the same machine ID can make the same IDs.
      """,
    groups: [.required, .count, .store, .layout, .ids]
  ) { arguments throws(Exit) in
    let (configuration, count) = try arguments.configuration {
      values throws(ConfigurationError) in (try values.idConfiguration(), values.count)
    }
    if configuration.store == nil {
      printToStandardError(
        "idgen: no store is set (STATE_DIR or ETCD_ENDPOINTS): another process with this machine ID "
          + "can make the same IDs")
    }
    let security = try Security.store(configuration.store)
    let source = try Exit.onServerError { () throws(ServerError) in
      try StandaloneSource(configuration, security: security) {
        printToStandardError("idgen: waiting: \($0)")
      }
    }
    do throws(Exit) {
      try write(count, from: source)
    } catch {
      try? source.release()
      throw error
    }
    try Exit.onServerError { () throws(ServerError) in try source.release() }
  }

  private static func write(_ count: Int, from source: StandaloneSource) throws(Exit) {
    var output = StandardOutput()
    var missingCount = count
    while missingCount > 0 {
      let run = try Exit.onServerError { () throws(ServerError) in
        try source.nextRun(upTo: missingCount)
      }
      for id in run { try output.writeLine("\(id)") }
      missingCount -= run.count
    }
    try output.flush()
  }
}
