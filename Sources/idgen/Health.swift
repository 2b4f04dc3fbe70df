import IDServer
import Settings

extension Command {
  /// `idgen health`: for container health checks, so that an image needs no curl.
  static let health = Command(
    name: "health",
    summary: "Exit with 0 if the server on this machine answers GET /health, else with 1.",
    details: """
      It reads the variables of the server. If ADMIN_PORT is a number from 1 on, it asks that \
      port; else PORT, and if TLS_CERTIFICATE_FILE is set, it expects the server to have that \
      certificate.
      """,
    groups: [.server]
  ) { arguments throws(Exit) in
    let address = try arguments.configuration { $0.healthAddress }
    let filter = try Security.health(address.tls)
    do throws(HealthError) {
      try HealthCheck.run(host: address.host, port: address.port, through: filter)
    } catch {
      throw Exit(.failure, error.description)
    }
  }
}
