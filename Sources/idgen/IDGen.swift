import ArgumentParser
import Glibc
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
    subcommands: [Serve.self, Generate.self, Decode.self, Machines.self, Health.self],
    defaultSubcommand: Serve.self)

  static func main() {
    SignalMask.block()
    openStandardDescriptors()
    do {
      var command = try parseAsRoot()
      // A server unblocks them once it handles them.
      if !(command is Serve) { SignalMask.unblock() }
      try command.run()
    } catch {
      exit(withError: error)
    }
  }

  /// Sees to it that no file or socket gets the number of a standard stream that is closed: logs and
  /// IDs would be written to it. What stands in for one can only be used in the other direction, so
  /// each use of it is the error that it is without. The C function is `open`.
  private static func openStandardDescriptors() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free is this one, for those below it are open.
      _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
