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
      // The server unblocks the signals once it handles them.
      if !(command is Serve) { SignalMask.unblock() }
      try command.run()
    } catch {
      exit(withError: error)
    }
  }

  /// Opens `/dev/null` for each standard stream that is closed. Otherwise a file or socket could
  /// get its descriptor, and logs or IDs would be written there. `/dev/null` is opened for the
  /// opposite direction, so each use of the stream is still an error. The C function is `open`.
  private static func openStandardDescriptors() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      // `open` returns the lowest free descriptor, which is this one: those below it are open.
      _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
