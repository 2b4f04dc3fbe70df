import Glibc
import IDServer
import Reservations

/// The exit statuses other than 0, from `sysexits.h` where it has one.
enum ExitStatus: Int32 {
  /// `generate` can make no ID, or `health` finds that the server is not alive.
  case failure = 1
  /// `EX_USAGE`: a flag or an environment variable is invalid.
  case usage = 64
  /// `EX_UNAVAILABLE`: the server cannot listen on the address.
  case unavailable = 69
  /// `EX_OSERR`: the system refused something basic.
  case systemError = 71
  /// `EX_IOERR`: the store cannot be read or written, or standard output cannot be written.
  case inputOutputError = 74
  /// `EX_TEMPFAIL`: another process has the machine ID or has taken it over, or the clock is wrong.
  /// A later attempt may succeed.
  case temporaryFailure = 75
}

extension ExitStatus {
  init(_ error: ServerError) {
    self =
      switch error {
      case .start(.machineID): .usage
      case .unavailable: .failure
      case .start(.loop): .systemError
      case .start(.store(.held)), .start(.store(.noneFree)), .start(.store(.ahead)),
        .start(.store(.clockSkew)), .start(.store(.ended)), .lost, .portHeld,
        .start(.clockBehindReservation), .start(.clockBeforeEpoch), .start(.clockNotPast):
        .temporaryFailure
      case .start(.store): .inputOutputError
      case .listen, .listenForOperators, .inheritedSocket: .unavailable
      case .loop: .systemError
      }
  }
}

/// Why the program ends, and with which status.
struct Exit: Error {
  let status: ExitStatus
  /// One line for standard error; `nil` if it has been logged.
  let reason: String?

  init(_ status: ExitStatus, _ reason: String?) {
    self.status = status
    self.reason = reason
  }

  init(_ error: ConfigurationError) { self.init(.usage, error.description) }

  /// Calls `body`. If it throws, the program ends with that error's status and message.
  static func onServerError<Value>(
    _ body: () throws(ServerError) -> Value
  ) throws(Exit) -> Value {
    do throws(ServerError) {
      return try body()
    } catch {
      throw Exit(ExitStatus(error), error.description)
    }
  }
}

/// Writes one line after those of the log. The end of the process waits for it, for a second at
/// most.
func printToStandardError(_ line: String) {
  LineWriter.standardError.write(Array((line.escapedForLine + "\n").utf8))
}

/// The value of an environment variable, or `nil` if it is not set. The C function is `getenv`.
func environment(_ name: String) -> String? {
  // Copied at once; this program never changes the environment.
  unsafe getenv(name).map { unsafe String(cString: $0) }
}
