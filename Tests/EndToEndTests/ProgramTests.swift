import Foundation
import Testing

/// All that these tests say, they say of the program that they were told to test.
@Suite struct ProgramTests {
  @Test func itIsTheOneThatRuns() throws {
    let server = try RunningServer()
    let file = try FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/\(server.processID)/exe")
    #expect(file == (try Tool.idgen().resolvingSymlinksInPath().path))
    if let given = ProcessInfo.processInfo.environment["IDGEN_PROGRAM"] {
      #expect(file == URL(fileURLWithPath: given).resolvingSymlinksInPath().path)
    }
    #expect(try server.stop() == .status(0))
  }

  /// No file but the program itself is mapped: neither a loader nor a library.
  @Test(.enabled(if: Tool.staticProgram != nil, "scripts/test-static runs it"))
  func itIsStatic() throws {
    let server = try RunningServer()
    let maps = try String(contentsOfFile: "/proc/\(server.processID)/maps", encoding: .utf8)
    let files = Set(maps.matches(of: #/(?m) (\/.*)$/#).map { String($0.1) })
    #expect(files == [try Tool.idgen().resolvingSymlinksInPath().path])
    #expect(try server.stop() == .status(0))
  }
}
