import ArgumentParser
import IDServer

@main
struct IDGen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "idgen",
    abstract: "Makes unique, time-ordered 64-bit IDs, over HTTP or on standard output.",
    discussion: """
      Without a subcommand, it serves. Every flag of `serve` can also be set in the environment:
      --machine-id as MACHINE_ID, --head-timeout-ms as HEAD_TIMEOUT_MS, and so on. Flags win.
      """,
    version: IDServer.version,
    subcommands: [Serve.self, Generate.self, Decode.self, Health.self],
    defaultSubcommand: Serve.self)

  static func main() {
    SignalMask.block()
    do {
      var command = try parseAsRoot()
      // A server unblocks them once it handles them.
      if !(command is Serve) { SignalMask.unblock() }
      try command.run()
    } catch {
      exit(withError: error)
    }
  }
}
