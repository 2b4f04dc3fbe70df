import Foundation
import Testing

/// Logs that cannot be written: the server answers requests nevertheless, and reports lost lines.
@Suite struct LogOutputTests {
  /// Where the access log goes, and why it cannot be written.
  static let faults: [(redirection: String, reason: String)] = [
    (">/dev/full", "no space left on device"),
    (">&-", "bad file descriptor"),
    ("| exec sleep 0", "broken pipe"),
  ]

  /// One line reports thousands of lost ones, with the system's reason; a second one follows at the
  /// end.
  @Test(arguments: faults)
  func lossOfTheAccessLogIsReportedOnce(_ fault: (redirection: String, reason: String)) throws {
    let folder = try StateFolder()
    let child = try ChildProcess(
      Tool.find("sh"),
      [
        // It starts once nothing can be written: `sleep` may not have ended yet.
        "-c",
        """
        sh -c 'trap "" PIPE; while echo; do :; done 2>/dev/null; echo $$ >"$1"; exec "$0"' \
        "$0" "$1" \(fault.redirection)
        """,
        Tool.idgen().path, folder.file(1),
      ],
      environment: Self.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    let client = try Self.client(of: child)
    let processID = try #require(
      Int32(try String(contentsOfFile: folder.file(1), encoding: .utf8).dropLast()))
    defer { kill(processID, SIGKILL) }
    for _ in 0..<30 {
      try client.send(String(repeating: Request.health, count: 100))
      for _ in 0..<100 { #expect(try client.readResponse().body == "ok") }
    }
    let message = " lines of the access log were dropped: \(fault.reason)\n"
    #expect(try child.waitForStandardError(containing: message))
    #expect(child.standardError.components(separatedBy: "were dropped").count == 2)
    kill(processID, SIGTERM)
    _ = try child.waitForExit()
    #expect(child.standardError.contains("stopped: 3000 requests answered"))
    let dropped = child.standardError.matches(of: #/ (\d+) lines of the access log were dropped/#)
      .compactMap { Int($0.1) }
    #expect(dropped.count == 2)
    #expect(dropped.reduce(0, +) == 3000)
  }

  /// A file at the size limit of the process fails the write, and does not end the process.
  @Test func fileSizeLimitIsAnError() throws {
    let folder = try StateFolder()
    let child = try ChildProcess(
      Tool.find("sh"),
      ["-c", "exec prlimit --fsize=4000 -- \"$0\" >\"$1\"", Tool.idgen().path, folder.file(1)],
      environment: Self.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    let client = try Self.client(of: child)
    for _ in 0..<100 {
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    #expect(
      try child.waitForStandardError(
        containing: " lines of the access log were dropped: file too large\n", seconds: 60))
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
    let written = try String(contentsOfFile: folder.file(1), encoding: .utf8)
    #expect(written.utf8.count == 4000)
  }

  /// The disk of both logs hangs, like one on a network. The server does not wait for it, and when
  /// it answers again, all lines are written.
  @Test(.preloadsLibrary, arguments: [false, true])
  func serverDoesNotWaitForAHangingDisk(endsMeanwhile: Bool) throws {
    let faults = try WriteFaults()
    let child = try ChildProcess(
      Tool.idgen(), [], environment: Self.environment.merging(faults.environment) { $1 })
    let client = try Self.client(of: child)
    try faults.begin()
    defer { faults.end() }
    for _ in 0..<20 {
      child.send(SIGHUP)
      try client.send(Request.health)
      #expect(try client.readResponse().body == "ok")
    }
    #expect(child.standardOutput == "")
    #expect(!child.standardError.contains("SIGHUP"))
    if endsMeanwhile {
      child.send(SIGTERM)
      #expect(try child.waitForExit() == .status(0))
      return
    }
    faults.end()
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
    #expect(child.standardOutput.count { $0 == "\n" } == 20)
    #expect(child.standardError.hasSuffix(" stopped: 20 requests answered, 0 IDs made\n"))
  }

  private static let environment = ["MACHINE_ID": "1", "PORT": "0", "ACCESS_LOG": "1"]

  private static func client(of child: ChildProcess) throws -> RawClient {
    #expect(try child.waitForStandardError(containing: " ready"))
    let match = try #require(child.standardError.firstMatch(of: #/listening on \S+:(\d+)/#))
    return try RawClient(port: try #require(UInt16(match.1)))
  }
}

/// Intercepts `write` to standard output and standard error, if they are files: it hangs as long as
/// a file exists.
private final class WriteFaults {
  private let library: PreloadedLibrary
  private let folder: StateFolder

  var environment: [String: String] { library.environment }

  init() throws {
    folder = try StateFolder()
    library = try PreloadedLibrary(
      """
      #define _GNU_SOURCE
      #include <sys/stat.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      ssize_t write(int descriptor, const void *bytes, size_t count) {
        struct stat status;
        if ((descriptor == 1 || descriptor == 2) && fstat(descriptor, &status) == 0 &&
            S_ISREG(status.st_mode))
          while (access("\(folder.path)/hang", F_OK) == 0) usleep(10000);
        return syscall(SYS_write, descriptor, bytes, count);
      }

      """)
  }

  func begin() throws { try Data().write(to: URL(fileURLWithPath: "\(folder.path)/hang")) }
  func end() { try? FileManager.default.removeItem(atPath: "\(folder.path)/hang") }
}
