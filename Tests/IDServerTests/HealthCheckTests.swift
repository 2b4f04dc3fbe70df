import Foundation
import Synchronization
import Testing

@testable import IDServer

/// What `idgen health` says of servers that are not idgen, or do not work.
struct HealthCheckTests {
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
  private static let bad = "the answer is not 200 with `ok`"

  @Test(
    arguments: [
      (ok, nil),
      ("HTTP/1.1 200 OK\r\n\r\nok", nil),
      ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nok", bad),
      ("HTTP/1.1 204 No Content\r\n\r\n", bad),
      ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", bad),
      ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", bad),
      ("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "ok", count: 4096), bad),
      ("HTTP/1.1 200 OK\r\nA: " + String(repeating: "b", count: 5000), bad),
      ("ok", bad),
      ("", bad),
    ] as [(String, String?)])
  func answers(_ response: String, _ error: String?) throws {
    let server = try OneAnswer(response)
    let text = self.error(server, timeoutMilliseconds: 30_000)
    #expect(text == error.map { "127.0.0.1:\(server.port): \($0)" })
    #expect(server.finish().hasPrefix("GET /health HTTP/1.1\r\nHost: localhost\r\n"))
  }

  @Test func silence() throws {
    let server = try OneAnswer(nil)
    let text = error(server, timeoutMilliseconds: 100)
    #expect(text == "127.0.0.1:\(server.port): no answer within 100 ms")
    _ = server.finish()
  }

  /// One limit for everything, not one for each byte.
  @Test func tricklingBytes() throws {
    let server = try OneAnswer(Self.ok, byteIntervalMicroseconds: 20_000)
    let text = error(server, timeoutMilliseconds: 100)
    #expect(text == "127.0.0.1:\(server.port): no answer within 100 ms")
    _ = server.finish()
  }

  /// Such as SIGCHLD or SIGWINCH, of which each interrupts a call that waits.
  @Test func signalsDoNotInterruptIt() throws {
    signal(SIGURG) { _ in }
    // The threads that tests run on block signals.
    var signals = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGURG)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, &previous)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
    let server = try OneAnswer(Self.ok, byteIntervalMicroseconds: 2_000)
    let thread = pthread_self()
    let isDone = Mutex(false)
    let hasEnded = DispatchSemaphore(value: 0)
    Thread {
      while !isDone.withLock({ $0 }) {
        pthread_kill(thread, SIGURG)
        usleep(500)
      }
      hasEnded.signal()
    }.start()
    let text = error(server, timeoutMilliseconds: 30_000)
    isDone.withLock { $0 = true }
    hasEnded.wait()
    #expect(text == nil)
    _ = server.finish()
  }

  @Test func unknownName() {
    let text = error(host: "nobody.invalid", port: 1, timeoutMilliseconds: 30_000)
    #expect(text?.hasPrefix("nobody.invalid:1: ") ?? false)
  }

  private func error(_ server: OneAnswer, timeoutMilliseconds: UInt64) -> String? {
    error(host: "127.0.0.1", port: server.port, timeoutMilliseconds: timeoutMilliseconds)
  }

  private func error(host: String, port: UInt16, timeoutMilliseconds: UInt64) -> String? {
    do throws(HealthError) {
      try HealthCheck.run(host: host, port: port, timeoutMilliseconds: timeoutMilliseconds)
      return nil
    } catch {
      return "\(error)"
    }
  }
}

/// Takes one connection, reads what comes first, answers and closes; on a thread of its own, for
/// the one who asks waits.
private final class OneAnswer: Sendable {
  let port: UInt16
  private let request = Mutex("")
  private let isDone = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - response: if it is `nil`, the connection stays open until the client closes it.
  ///   - byteIntervalMicroseconds: if it is set, each byte is sent by itself, and this long after
  ///     the one before.
  init(_ response: String?, byteIntervalMicroseconds: useconds_t? = nil) throws {
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = unsafe withUnsafeMutablePointer(to: &name) {
      let raw = unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self)
      guard unsafe bind(listener, raw, size) == 0, listen(listener, 1) == 0 else { return CInt(-1) }
      return unsafe getsockname(listener, raw, &size)
    }
    try #require(status == 0)
    port = UInt16(bigEndian: name.sin_port)
    Thread { [self] in
      let text = Self.serve(listener, response, byteIntervalMicroseconds)
      request.withLock { $0 = text }
      isDone.signal()
    }.start()
  }

  private static func serve(
    _ listener: CInt, _ response: String?, _ interval: useconds_t?
  ) -> String {
    defer { close(listener) }
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { return "" }
    defer { close(connection) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(connection, &buffer, buffer.count)
    let bytes = Array((response ?? "").utf8)
    if let interval {
      for byte in bytes {
        guard unsafe send(connection, [byte], 1, CInt(MSG_NOSIGNAL)) == 1 else { break }
        usleep(interval)
      }
    } else {
      _ = unsafe send(connection, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }
    if response == nil { _ = unsafe read(connection, &buffer, buffer.count) }
    return String(decoding: buffer[..<max(count, 0)], as: UTF8.self)
  }

  /// What has been asked.
  func finish() -> String {
    isDone.wait()
    return request.withLock { $0 }
  }
}
