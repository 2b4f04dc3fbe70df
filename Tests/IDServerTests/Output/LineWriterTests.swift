import Foundation
import Testing

@testable import IDServer

/// A write that had to wait for the reader would not return: each of these tests would hang.
struct NonBlockingOutputTests {
  enum Kind: CaseIterable { case pipe, pipeThatCannotBeReopened, socket }

  /// More than any of them holds.
  private static let flood = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }

  @Test(arguments: Kind.allCases) func slowReaderIsNotWaitedFor(_ kind: Kind) throws {
    let ends = try Ends(kind)
    let output = NonBlockingOutput(ends.writer, canReopen: kind != .pipeThatCannotBeReopened)
    let count = try #require(output.offer(Self.flood))
    #expect(0 < count && count < Self.flood.count)
    #expect(output.offer(Self.flood) == 0)

    // What has been taken comes, in order, and then there is room again.
    #expect(ends.read(count) == Array(Self.flood.prefix(count)))
    #expect(output.offer([1, 2, 3]) == 3)
    #expect(ends.read(3) == [1, 2, 3])
  }

  /// The descriptor is shared: whoever else has it must be able to wait.
  @Test(arguments: Kind.allCases) func descriptorStaysBlocking(_ kind: Kind) throws {
    let ends = try Ends(kind)
    _ = NonBlockingOutput(ends.writer).offer([1])
    #expect(fcntl(ends.writer, F_GETFL) & O_NONBLOCK == 0)
  }

  @Test(arguments: Kind.allCases) func readerHasGone(_ kind: Kind) throws {
    signal(SIGPIPE, SIG_IGN)
    let ends = try Ends(kind)
    let output = NonBlockingOutput(ends.writer, canReopen: kind != .pipeThatCannotBeReopened)
    ends.closeReader()
    #expect(output.offer([1]) == nil)
  }

  @Test func fileTakesAll() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("idgen-output-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let descriptor = unsafe open(file.path, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    #expect(NonBlockingOutput(descriptor).offer(Self.flood) == Self.flood.count)
    #expect(try Data(contentsOf: file) == Data(Self.flood))
  }

  @Test func closedDescriptorTakesNothing() {
    #expect(NonBlockingOutput(-1).offer([1]) != 1)
  }

  /// Both ends of a pipe or of a pair of sockets.
  private final class Ends {
    let writer: Int32
    private var reader: Int32

    init(_ kind: Kind) throws {
      var descriptors: [Int32] = [-1, -1]
      let status: Int32
      if kind == .socket {
        status = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &descriptors)
      } else {
        status = unsafe pipe(&descriptors)
      }
      try #require(status == 0)
      (reader, writer) = (descriptors[0], descriptors[1])
    }

    deinit {
      close(writer)
      closeReader()
    }

    func closeReader() {
      if reader >= 0 { close(reader) }
      reader = -1
    }

    func read(_ count: Int) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      var received = 0
      while received < count {
        let part = unsafe bytes.withUnsafeMutableBytes {
          unsafe Foundation.read(
            reader, $0.baseAddress.map { unsafe $0 + received }, count - received)
        }
        guard part > 0 else { break }
        received += part
      }
      return Array(bytes.prefix(received))
    }
  }
}
