import IDServer
import Settings

extension Command {
  /// `idgen health`: for container health checks, so that an image needs no curl.
  static let health = Command(
    name: "health",
    summary: "Exit with 0 if the server on this machine answers GET /health, else with 1.",
    groups: [.server]
  ) { arguments throws(Exit) in
    let values = try arguments.configuration { $0 }
    do throws(HealthError) {
      try HealthCheck.run(host: values.host, port: values.port)
    } catch {
      throw Exit(.failure, error.description)
    }
  }
}
