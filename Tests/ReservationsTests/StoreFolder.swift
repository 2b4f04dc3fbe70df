import Glibc
import TestSupport
import UV

@testable import Reservations

/// A temporary folder, and the loop of the stores that use it.
struct StoreFolder {
  let loop: Loop
  let folder: TemporaryFolder

  init() throws {
    loop = try Loop()
    folder = try TemporaryFolder()
  }

  func makeStore() -> FileStore {
    FileStore(directory: folder.path, executor: ThreadPoolExecutor(loop: loop))
  }

  /// How a refusal names this process as the owner.
  static var thisProcess: String {
    "process \(getpid()) on host \(HostName.current().prefix(32))"
  }

  /// The file of a machine ID.
  func file(_ machineID: Int) -> String { folder.path("machine-\(machineID)") }
}
