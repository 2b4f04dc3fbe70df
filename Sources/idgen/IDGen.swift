import BuildInfo
import Glibc
import IDServer

@main
struct IDGen {
  static func main() {
    SignalMask.block()
    openStandardDescriptors()
    do {
      switch try Invocation(CommandLine.arguments.dropFirst()) {
      case .help(let command):
        try StandardOutput.writeLines(command.map { Help($0).lines } ?? Help.overview)
      case .version:
        try StandardOutput.writeLines([BuildInfo.version])
      case .run(let command, let arguments):
        // The server unblocks the signals once it handles them.
        if command.name != Command.serve.name { SignalMask.unblock() }
        try command.run(arguments)
      }
    } catch {
      if let reason = error.reason { printToStandardError("idgen: \(reason)") }
      exit(error.status.rawValue)
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
