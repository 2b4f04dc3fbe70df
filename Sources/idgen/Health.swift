import IDServer
import Settings

extension Command {
  /// `idgen health`: for container health checks, so that an image needs no curl.
  static let health = Command(
    name: "health",
    summary: "Exit with 0 if the server on this machine answers GET /health, else with 1.",
    details: """
      If TLS_CERTIFICATE_FILE is set, it expects the server to have that certificate.
      """,
    groups: [.server]
  ) { arguments throws(Exit) in
    let values = try arguments.configuration { $0 }
    let filter = try Security.health(values.tlsConfiguration)
    do throws(HealthError) {
      try HealthCheck.run(host: values.host, port: values.port, through: filter)
    } catch {
      throw Exit(.failure, error.description)
    }
  }
}
