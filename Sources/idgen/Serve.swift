import ArgumentParser
import Glibc
import IDServer
import Logging

/// `idgen serve`: the HTTP service.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serves IDs over HTTP until SIGTERM or SIGINT.",
    discussion: """
      Each flag's environment variable and default stand behind it. A value that cannot be used \
      ends the program with status 64 before anything is bound, an address that cannot be \
      listened on with status 69.
      """)

  @Option(
    help: .setting(
      .machineID, "0-1023, different for each process; or auto, with a state directory.", "required"
    ))
  var machineID: String?

  @Option(help: .setting(.machineIDOffset, "Added to the machine ID; the sum is 0-1023.", "0"))
  var machineIDOffset: String?

  @Option(help: .setting(.machineIDRange, "Of which auto takes the lowest free one.", "0-1023"))
  var machineIDRange: String?

  @Option(
    help: .setting(
      .stateDirectory, "Folder in which time is reserved, so that no restart can repeat an ID.",
      "none"))
  var stateDir: String?

  @Option(
    help: .setting(
      .clockTolerance, "How far the clock may be behind; further is an error.", "10"))
  var clockToleranceMs: String?

  @Option(help: .setting(.port, "0-65535; 0 takes any free port and says which.", "8080"))
  var port: String?

  @Option(help: .setting(.host, "Name or address to listen on.", "all, IPv6 and IPv4"))
  var host: String?

  @Flag(
    help: .setting(
      .reusePort, "Lets other processes that say so too share the port, each with its machine ID.",
      "0"))
  var reusePort = false

  @Option(
    help: .setting(
      .logLevel, "trace, debug, info, notice, warning, error or critical.", "info"))
  var logLevel: String?

  @Option(help: .setting(.logFormat, "text or json, an object a line.", "text"))
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
      LineLogHandler(configuration.logFormat, LogOutput(STDERR_FILENO))
    }
    logger.logLevel = configuration.logLevel
    let server: Server
    do throws(ServerError) {
      server = try Server(configuration, logger: logger) { state in
        ServiceManager.notify(state, environment: environment)
      }
    } catch {
      throw ExitCode.explained(ExitStatus(error), error)
    }
    server.run()
  }

  private var flags: [Setting: String] {
    let own: [Setting: String?] = [
      .machineID: machineID, .machineIDOffset: machineIDOffset,
      .machineIDRange: machineIDRange, .stateDirectory: stateDir,
      .clockTolerance: clockToleranceMs, .port: port, .host: host,
      .reusePort: reusePort ? "1" : nil,
      .logLevel: logLevel, .logFormat: logFormat, .accessLog: accessLog,
    ]
    return own.merging(limits.flags) { first, _ in first }.compactMapValues { $0 }
  }
}

/// The flags that bound what clients can make the server hold.
struct LimitOptions: ParsableArguments {
  @Option(help: .setting(.maxConnections, "Open connections.", "10000"))
  var maxConnections: String?

  @Option(help: .setting(.maxTargetBytes, "Length of a request target.", "4096"))
  var maxTargetBytes: String?

  @Option(help: .setting(.maxHeadBytes, "Length of a request line with its fields.", "16384"))
  var maxHeadBytes: String?

  @Option(help: .setting(.maxFields, "Number of fields.", "100"))
  var maxFields: String?

  @Option(help: .setting(.maxBodyBytes, "Length of a body, which is discarded.", "65536"))
  var maxBodyBytes: String?

  @Option(
    help: .setting(
      .maxQueuedBytes, "Responses a client may leave unread before it is not read from.", "1048576"
    ))
  var maxQueuedBytes: String?

  @Option(
    help: .setting(
      .maxHeldBytes, "Unread responses and unfinished requests of all clients.", "25165824"))
  var maxHeldBytes: String?

  @Option(help: .setting(.headTimeout, "Milliseconds for a whole head, or body.", "10000"))
  var headTimeoutMs: String?

  @Option(help: .setting(.idleTimeout, "Milliseconds between requests.", "75000"))
  var idleTimeoutMs: String?

  @Option(help: .setting(.drainTimeout, "Milliseconds from SIGTERM to the end.", "10000"))
  var drainTimeoutMs: String?

  var flags: [Setting: String?] {
    [
      .maxConnections: maxConnections, .maxTargetBytes: maxTargetBytes,
      .maxHeadBytes: maxHeadBytes, .maxFields: maxFields, .maxBodyBytes: maxBodyBytes,
      .maxQueuedBytes: maxQueuedBytes, .maxHeldBytes: maxHeldBytes, .headTimeout: headTimeoutMs,
      .idleTimeout: idleTimeoutMs, .drainTimeout: drainTimeoutMs,
    ]
  }
}

extension ArgumentHelp {
  fileprivate static func setting(
    _ setting: Setting, _ text: String, _ defaultValue: String
  ) -> ArgumentHelp {
    ArgumentHelp("\(text) [\(setting.variable); \(defaultValue)]", valueName: "value")
  }
}

extension ExitStatus {
  fileprivate init(_ error: ServerError) {
    self =
      switch error {
      case .machineID: .usage
      case .store(.held), .store(.noneFree), .clockBehindReservation: .temporaryFailure
      case .store: .inputOutputError
      case .listen, .inheritedSocket: .unavailable
      case .loop: .systemError
      }
  }
}
