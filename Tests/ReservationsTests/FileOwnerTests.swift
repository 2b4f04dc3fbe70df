import Glibc
import TestSupport
import Testing

@testable import Reservations

/// A service and an operator who is root use one folder.
@Suite(.enabled(if: geteuid() == 0, "only root can give files away"))
struct FileOwnerTests {
  @Test(arguments: [(0, 0), (65_532, 65_532), (61_558, 100)] as [(uid_t, gid_t)])
  func fileOfRootBelongsToTheOwnerOfTheFolder(_ user: uid_t, _ group: gid_t) throws {
    let folder = try TemporaryFolder()
    #expect(unsafe chown(folder.path(""), user, group) == 0)
    let files = HostFileSystem()
    let descriptor = try files.create(folder.path("machine-1"))
    defer { files.close(descriptor) }
    var status = stat()
    #expect(unsafe fstat(descriptor, &status) == 0)
    #expect(status.st_uid == user && status.st_gid == group)
  }
}
