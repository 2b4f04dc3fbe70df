import Foundation
import Testing

/// A disk that is full, fails or hangs while the program runs.
@Suite(.serialized) struct DiskTests {
  let state: StateFolder

  init() throws { state = try StateFolder() }

  /// IDs go on until the limit, then they are refused, and then all is well again.
  @Test(
    arguments: [(DiskFaults.Kind.fail, "i/o error"), (.hang, "does not answer")])
  func idsGoOnUntilTheLimit(_ kind: DiskFaults.Kind, _ reason: String) throws {
    let faults = try DiskFaults()
    let server = try RunningServer(
      environment: state.environment.merging(faults.environment) { $1 })
    var ids = [try server.firstID().id]
    try faults.begin(kind)
    let limit = try state.limit(1)
    let refusal = try refusal(by: server, &ids)
    #expect(refusal.status == 503)
    #expect(refusal.code == "reservation_expired")
    #expect(refusal["Retry-After"] == "1")
    #expect(ids.count > 1)
    #expect(ids.allSatisfy { $0 >> 22 < limit })
    let ready = try server.response(to: Request.ready)
    #expect(ready.code == "reservation_expired")
    #expect(ready.body.contains(reason))
    #expect(ready["Retry-After"] == "1")
    #expect(try server.response(to: Request.health).body == "ok")

    faults.end()
    let first = try server.firstID()
    #expect(first.refusals.isSubset(of: ["reservation_expired"]))
    ids.append(first.id)
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    #expect(try server.stop() == .status(0))
    #expect(server.standardError.components(separatedBy: "no IDs are made: ").count == 2)
    #expect(server.standardError.components(separatedBy: "IDs are made again").count == 2)
    #expect(try state.limit(1) == first.id >> 22 + 1)
  }

  /// Asks for IDs until one is refused.
  private func refusal(by server: RunningServer, _ ids: inout [UInt64]) throws -> RawResponse {
    let client = try RawClient(port: server.port)
    for _ in 0..<3000 {
      try client.send(Request.id)
      let response = try client.readResponse()
      guard let id = response.id else { return response }
      ids.append(id)
      usleep(10_000)
    }
    throw HarnessError("IDs are made for 30 s without a store")
  }

  /// A disk that hangs does not keep the program from ending, and nothing is lost by that: neither
  /// with the last limit to be written, nor while a later one is.
  @Test(arguments: [false, true])
  func stopsWhileTheDiskHangs(isExtending: Bool) throws {
    let faults = try DiskFaults()
    let environment = state.environment.merging(faults.environment) { $1 }
    let server = try RunningServer(environment: environment)
    var last = try server.firstID().id
    try faults.begin(.hang)
    let limit = try state.limit(1)
    while isExtending, try state.limit(1) == limit {
      last = try #require(try server.id())
      usleep(10_000)
    }
    #expect(try server.stop() == .status(0))
    #expect(server.standardError.contains("cut back: the store does not answer"))
    #expect(server.standardError.contains("stopped: "))
    faults.end()
    #expect(try RunningServer(environment: environment).firstID().id > last)
  }

  /// It is waited for, and that is said.
  @Test func startsOnceTheDiskAnswers() throws {
    let (child, faults) = try startWithoutDisk()
    #expect(!child.standardError.contains("listening"))
    faults.end()
    #expect(try child.waitForStandardError(containing: "listening"))
    child.send(SIGTERM)
    #expect(try child.waitForExit() == .status(0))
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func endsWhileItWaitsForTheDisk(_ signal: Int32) throws {
    let (child, faults) = try startWithoutDisk()
    child.send(signal)
    #expect(try child.waitForExit() == .status(0))
    faults.end()
    #expect(child.standardError.contains("stopped before it served: \(state.path) was waited"))
  }

  /// Starts the program and returns once it waits for its disk.
  private func startWithoutDisk() throws -> (ChildProcess, DiskFaults) {
    let faults = try DiskFaults()
    try faults.begin(.hang)
    let environment = state.environment.merging(faults.environment) { $1 }
    let child = try ChildProcess(
      Tool.idgen(), [],
      environment: environment.merging(["MACHINE_ID": "1", "PORT": "0"]) { $1 })
    let line = "warning waiting for \(state.path): the disk does not answer\n"
    #expect(try child.waitForStandardError(containing: line))
    return (child, faults)
  }

  /// Another process could make the file anew; this one notices when it wants a later limit.
  @Test func fileThatIsDeletedIsNoticed() throws {
    let server = try RunningServer(environment: state.environment)
    var ids = [try server.firstID().id]
    try FileManager.default.removeItem(atPath: state.file(1))
    let response = try refusal(by: server, &ids)
    #expect(response.code == "reservation_expired")
    #expect(response.body.contains("\(state.file(1)) has been deleted or replaced"))
    #expect(ids.count > 1)
    #expect(try server.stop() == .status(0))
  }

  @Test(.enabled(if: SmallDisk.isAllowed, "a small disk must be mounted, which root may"))
  func fullDiskIsRefused() throws {
    let disk = try SmallDisk()
    try disk.fill()
    let environment = ["STATE_DIR": disk.path, "MACHINE_ID": "1", "PORT": "0"]
    let result = try Tool.idgen([], environment: environment)
    #expect(result.exit == .status(74))
    #expect(
      result.standardError == "idgen: \(disk.path)/machine-1: no space left on device\n")
    // What is empty counts as new, once there is room.
    try disk.empty()
    let server = try RunningServer(environment: environment)
    let last = try server.firstID().id
    // A record is written in its place: that needs no room.
    try disk.fill()
    #expect(try server.stop() == .status(0))
    let next = try RunningServer(environment: environment)
    #expect(try #require(try next.id()) > last)
    #expect(try next.stop() == .status(0))
  }
}

/// Stands between a program and `fdatasync`, which fails or hangs as long as a file is there.
final class DiskFaults {
  enum Kind: String { case fail, hang }

  let environment: [String: String]
  private let folder: StateFolder

  init() throws {
    folder = try StateFolder()
    let source = """
      #include <errno.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      int fdatasync(int descriptor) {
        while (access("\(folder.path)/hang", F_OK) == 0) usleep(10000);
        if (access("\(folder.path)/fail", F_OK) == 0) {
          errno = EIO;
          return -1;
        }
        return syscall(SYS_fdatasync, descriptor);
      }

      """
    let library = "\(folder.path)/faults.so"
    try Data(source.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/faults.c"))
    let result = try Tool.run(
      "clang", ["-shared", "-fPIC", "-O1", "-o", library, "\(folder.path)/faults.c"],
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
    guard result.exit == .status(0) else { throw HarnessError(result.standardError) }
    environment = ["LD_PRELOAD": library]
  }

  deinit { end() }

  func begin(_ kind: Kind) throws {
    try Data().write(to: URL(fileURLWithPath: "\(folder.path)/\(kind.rawValue)"))
  }

  func end() {
    for kind in [Kind.fail, .hang] {
      try? FileManager.default.removeItem(atPath: "\(folder.path)/\(kind.rawValue)")
    }
  }
}

/// A disk of a few pages, in memory.
final class SmallDisk {
  private let folder: StateFolder
  var path: String { folder.path }

  /// Whether one can be mounted here.
  static let isAllowed = (try? SmallDisk()) != nil

  init() throws {
    folder = try StateFolder()
    let result = try Tool.run("mount", ["-t", "tmpfs", "-o", "size=64k", "idgen", folder.path])
    guard result.exit == .status(0) else { throw HarnessError(result.standardError) }
  }

  deinit { _ = try? Tool.run("umount", ["-l", folder.path]) }

  func fill() throws {
    let filler = URL(fileURLWithPath: "\(path)/filler")
    try Data().write(to: filler)
    let file = try FileHandle(forWritingTo: filler)
    defer { try? file.close() }
    while (try? file.write(contentsOf: Data(count: 4096))) != nil {}
  }

  func empty() throws { try FileManager.default.removeItem(atPath: "\(path)/filler") }
}
