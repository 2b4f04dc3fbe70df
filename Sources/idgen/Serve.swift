import IDServer
import Logging
import Settings

extension Command {
  /// `idgen serve`: the HTTP service.
  static let serve = Command(
    name: "serve", summary: "Serve IDs over HTTP until SIGTERM or SIGINT.",
    details: """
      If a value is invalid, the program ends with status 64 before it binds its port. If it cannot \
      listen on the address, it ends with status 69.
      """,
    groups: SettingGroup.serve
  ) { arguments throws(Exit) in
    let configuration = try arguments.configuration { values throws(ConfigurationError) in
      try values.serverConfiguration(environment: environment)
    }
    var logger = Logger(label: "idgen") { _ in
      LineLogHandler(configuration.logFormat, .standardError)
    }
    logger.logLevel = configuration.logLevel
    try Exit.explaining { [logger] () throws(ServerError) in
      let server = try Server(configuration, logger: logger) { state in
        ServiceManager.notify(state, environment: environment)
      }
      try server.run()
    }
  }
}
