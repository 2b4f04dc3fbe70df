import ArgumentParser
import IDServer

/// `idgen health`: for container health checks, so that an image needs no curl.
struct Health: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Exits with 0 if the server on this machine answers GET /health, else with 1.")

  @Option(help: ArgumentHelp("The server's port, 1-65535. [PORT; 8080]", valueName: "value"))
  var port: String?

  @Option(help: ArgumentHelp("The server's address. [HOST; 127.0.0.1]", valueName: "value"))
  var host: String?

  func run() throws {
    do {
      let flags = [Setting.port: port, .host: host].compactMapValues { $0 }
      try HealthCheck.run(
        host: try Configuration.clientHost(flags: flags, environment: environment),
        port: try Configuration.clientPort(flags: flags, environment: environment))
    } catch let error as ConfigurationError {
      throw ExitCode.explained(.usage, error)
    } catch let error as HealthError {
      throw ExitCode.explained(.failure, error)
    }
  }
}
