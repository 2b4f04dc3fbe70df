import Glibc
import Testing

@testable import Reservations

/// A mistake in the setup names the setting or the path, the user, and what to do.
struct FileErrorTests {
  @Test(arguments: [
    (
      ENOENT,
      "STATE_DIR=/state: there is no such folder. Create it; this process runs as user \(geteuid()), "
        + "which must own it"
    ),
    (ENOTDIR, "STATE_DIR=/state: it is not a folder"),
    (
      EACCES,
      "STATE_DIR=/state: /state/machine-1: permission denied; this process runs as user "
        + "\(geteuid()), which must own the folder and its files"
    ),
    (
      EPERM,
      "STATE_DIR=/state: /state/machine-1: operation not permitted; this process runs as user "
        + "\(geteuid()), which must own the folder and its files"
    ),
    (EROFS, "STATE_DIR=/state: /state/machine-1: read-only file system"),
    (EIO, "/state/machine-1: i/o error"),
  ])
  func tellsWhatToDo(_ code: Int32, _ text: String) {
    let error = FileError(code: code).storeError(name: "/state/machine-1", directory: "/state")
    #expect("\(error)" == text)
  }
}
