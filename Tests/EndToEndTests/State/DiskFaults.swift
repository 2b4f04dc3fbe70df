import Foundation

/// Intercepts the calls of a program that wait for a disk: they fail or hang as long as a file
/// exists.
final class DiskFaults {
  enum Kind: String { case fail, hang }

  /// The calls of a start that can wait for a disk. `open` is intercepted for state files only.
  static let calls = ["open", "flock", "pread", "fdatasync", "fsync"]
  /// A call at the beginning of a start that needs no disk.
  static let startingCall = "epoll_create1"

  private let library: PreloadedLibrary
  private let folder: StateFolder

  var environment: [String: String] { library.environment }

  init() throws {
    folder = try StateFolder()
    let source = """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <fcntl.h>
      #include <stdarg.h>
      #include <string.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      static int fault(const char *call) {
        char path[512];
        for (;;) {
          strcpy(path, "\(folder.path)/hang-");
          strcat(path, call);
          if (syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0) break;
          usleep(10000);
        }
        strcpy(path, "\(folder.path)/fail-");
        strcat(path, call);
        if (syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0) return 0;
        errno = EIO;
        return -1;
      }
      int fdatasync(int descriptor) {
        return fault("fdatasync") ? -1 : syscall(SYS_fdatasync, descriptor);
      }
      int fsync(int descriptor) { return fault("fsync") ? -1 : syscall(SYS_fsync, descriptor); }
      int epoll_create1(int flags) {
        return fault("epoll_create1") ? -1 : syscall(SYS_epoll_create1, flags);
      }
      int flock(int descriptor, int operation) {
        return fault("flock") ? -1 : syscall(SYS_flock, descriptor, operation);
      }
      ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
        return fault("pread") ? -1 : syscall(SYS_pread64, descriptor, bytes, count, offset);
      }
      ssize_t pread64(int descriptor, void *bytes, size_t count, off_t offset) {
        return pread(descriptor, bytes, count, offset);
      }
      int open(const char *path, int flags, ...) {
        va_list list;
        va_start(list, flags);
        int mode = flags & O_CREAT ? va_arg(list, int) : 0;
        va_end(list);
        if (strstr(path, "/machine-") && fault("open")) return -1;
        return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
      }
      int open64(const char *path, int flags, ...) {
        va_list list;
        va_start(list, flags);
        int mode = flags & O_CREAT ? va_arg(list, int) : 0;
        va_end(list);
        return open(path, flags, mode);
      }

      """
    library = try PreloadedLibrary(source)
  }

  deinit { end() }

  func begin(_ kind: Kind, _ call: String = "fdatasync") throws {
    try Data().write(to: URL(fileURLWithPath: path(kind, call)))
  }

  /// The file that makes a call fail or hang.
  func path(_ kind: Kind, _ call: String) -> String { "\(folder.path)/\(kind.rawValue)-\(call)" }

  func end() {
    for kind in [Kind.fail, .hang] {
      for call in Self.calls + [Self.startingCall] {
        try? FileManager.default.removeItem(atPath: path(kind, call))
      }
    }
  }
}

/// A disk of a few pages, in memory.
final class SmallDisk {
  private let folder: StateFolder
  var path: String { folder.path }

  /// Whether the test may mount one.
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
