import Foundation
import Testing

/// A host that is suspended and resumed: the wall clock and the time since boot have advanced, and
/// the loop's clock has not.
@Suite struct SuspendTests {
  @Test(.preloadsLibrary) func aSuspendedHostIsNoJump() throws {
    let folder = try StateFolder()
    let file = URL(fileURLWithPath: "\(folder.path)/suspended-seconds")
    try Data("0".utf8).write(to: file)
    let library = try PreloadedLibrary(
      """
      #define _GNU_SOURCE
      #include <fcntl.h>
      #include <stdlib.h>
      #include <sys/syscall.h>
      #include <time.h>
      #include <unistd.h>
      int clock_gettime(clockid_t clock, struct timespec *time) {
        int status = syscall(SYS_clock_gettime, clock, time);
        if (clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME) return status;
        char text[32] = "";
        int file = syscall(SYS_openat, AT_FDCWD, "\(file.path)", O_RDONLY);
        if (file >= 0) {
          read(file, text, sizeof text - 1);
          close(file);
        }
        time->tv_sec += atoi(text);
        return status;
      }

      """)
    let server = try RunningServer(
      environment: library.environment.merging(["STATE_DIR": folder.path]) { $1 })
    let before = try server.firstID().id
    try Data("36000".utf8).write(to: file, options: .atomic)
    let response = try server.response(to: Request.id)
    #expect(response.status == 200, "\(response.body)")
    let after = try server.firstID().id
    #expect(after >> 22 >= before >> 22 + 36_000_000)
    #expect(try server.response(to: Request.ready).body == "ready")
    #expect(try server.stop() == .status(0))
    #expect(!server.standardError.contains("clock"))
  }
}
