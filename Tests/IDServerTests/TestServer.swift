import API
import Logging

@testable import IDServer

/// A server on a free port of the loopback interface, which logs nothing.
///
/// If it does not stop within a second, it would end the process, and with it all tests: with
/// status 0, as if they had passed.
func makeServer(limits: Limits = Limits()) throws -> Server {
  var configuration = Configuration(machineID: 1)
  (configuration.host, configuration.port) = ("127.0.0.1", 0)
  configuration.limits = limits
  return try Server(
    configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    exit: { preconditionFailure("the server would have ended the tests with status \($0)") })
}
