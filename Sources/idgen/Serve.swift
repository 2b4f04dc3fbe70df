import Glibc
import IDServer
import Logging
import Reservations
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
    logger[metadataKey: "process"] = .stringConvertible(Int(getpid()))
    if configuration.ids.machineIDs.count == 1 {
      logger[metadataKey: "machine_id"] = .stringConvertible(
        configuration.ids.machineIDs.lowerBound)
    }
    let security = try Security.server(configuration.tls)
    let storeSecurity = try Security.store(configuration.ids.store)
    do throws(ServerError) {
      let server = try Server(
        configuration, logger: logger, security: security, storeSecurity: storeSecurity
      ) { state in
        ServiceManager.notify(state, environment: environment)
      }
      try server.run()
    } catch  where configuration.logFormat == .json {
      // So that every line is an object.
      logger.critical("\(error)")
      throw Exit(ExitStatus(error), nil)
    } catch {
      throw Exit(ExitStatus(error), error.description)
    }
  }
}
