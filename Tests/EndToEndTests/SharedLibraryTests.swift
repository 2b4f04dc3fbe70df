import Foundation
import Testing

/// Which libuv the tests run with. `scripts/test-libuv` has them use another than the system's.
@Suite struct SharedLibraryTests {
  /// Both have the file that was asked for, if one was; the static program has none.
  @Test func serverHasTheLibraryThatTheTestsHave() throws {
    let wanted = ProcessInfo.processInfo.environment["IDGEN_LIBUV"]
    let ours = try #require(try Self.library(of: getpid()))
    if let wanted { #expect(ours == wanted) }
    let server = try RunningServer()
    if let theirs = try Self.library(of: server.processID) {
      #expect(theirs == ours)
    } else {
      #expect(wanted == nil, "the server has no shared libuv")
    }
    #expect(try server.stop() == .status(0))
  }

  /// The path of the libuv that a process has mapped. Source: `/proc/<pid>/maps`, which Foundation
  /// reads the first page of only.
  private static func library(of processID: Int32) throws -> String? {
    try Tool.run("cat", ["/proc/\(processID)/maps"]).standardOutput
      .split(separator: "\n").first { $0.contains("/libuv.so.") }?
      .split(separator: " ").last.map(String.init)
  }
}
