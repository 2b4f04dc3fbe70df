import ArgumentParser
import Glibc
import IDServer
import Logging

/// `idgen serve`: the HTTP service.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serves IDs over HTTP until SIGTERM or SIGINT.",
    discussion: """
      The brackets after each flag have its environment variable and its default. If a value is \
      invalid, the program ends with status 64 before it binds anything. If it cannot listen on \
      the address, it ends with status 69.
      """)

  @OptionGroup
  var ids: IDOptions

  @Option(help: .setting(.port, "0-65535; 0 takes any free port and says which.", "8080"))
  var port: String?

  @Option(help: .setting(.host, "Name or address to listen on.", "all, IPv6 and IPv4"))
  var host: String?

  @Flag(
    help: .setting(
      .reusePort, "Lets other processes that also set it share the port, each with its machine ID.",
      "0"))
  var reusePort = false

  @Option(
    help: .setting(
      .deferAccept, "1 accepts a connection when its client has sent something, or after 1 s.", "1")
  )
  var deferAccept: String?

  @Option(
    help: .setting(
      .logLevel, "trace, debug, info, notice, warning, error or critical.", "info"))
  var logLevel: String?

  @Option(help: .setting(.logFormat, "text, or json: one object per line.", "text"))
  var logFormat: String?

  @Option(
    help: .setting(
      .accessLog, "1 writes a line for each request to standard output, in combined format.", "0"))
  var accessLog: String?

  @OptionGroup(title: "Limits")
  var limits: LimitOptions

  func run() throws {
    let configuration: Configuration
    do {
      configuration = try Configuration(flags: flags, environment: environment)
    } catch {
      throw ExitCode.explained(.usage, error)
    }
    var logger = Logger(label: "idgen") { _ in
      LineLogHandler(configuration.logFormat, .standardError)
    }
    logger.logLevel = configuration.logLevel
    do throws(ServerError) {
      let server = try Server(configuration, logger: logger) { state in
        ServiceManager.notify(state, environment: environment)
      }
      try server.run()
    } catch {
      throw ExitCode.explained(ExitStatus(error), error)
    }
  }

  private var flags: [Setting: String] {
    let own: [Setting: String?] = [
      .port: port, .host: host,
      .reusePort: reusePort ? "1" : nil,
      .deferAccept: deferAccept, .logLevel: logLevel, .logFormat: logFormat, .accessLog: accessLog,
    ]
    return own.merging(limits.flags) { first, _ in first }.compactMapValues { $0 }
      .merging(ids.flags) { first, _ in first }
  }
}
