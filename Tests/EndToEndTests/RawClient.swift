import Foundation

/// A TCP client that sends the bytes it is told to and waits for what comes: a blocking socket.
final class RawClient {
  private let descriptor: Int32
  /// What has come and was not asked for yet, from `start` on.
  private var received: [UInt8] = []
  private var start = 0

  /// Writing to a connection that the server has closed is then an error, and no signal.
  private static let ignoresBrokenPipe: Void = {
    signal(SIGPIPE, SIG_IGN)
  }()

  /// Connects to a port of this machine.
  ///
  /// - Parameters:
  ///   - host: an address in numbers.
  ///   - seconds: how long each read or write waits at most; then it throws.
  init(port: UInt16, host: String = "127.0.0.1", seconds: Int = 30) throws {
    Self.ignoresBrokenPipe
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST
    #if canImport(Glibc)
      unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      unsafe hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0, let first = unsafe list
    else { throw HarnessError("\(host) is not an address") }
    defer { unsafe freeaddrinfo(list) }
    let address = unsafe first.pointee
    descriptor = unsafe socket(address.ai_family, address.ai_socktype, 0)
    guard descriptor >= 0 else { throw Self.error("socket") }
    // Programs that tests start must not hold the connection open.
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    guard unsafe connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
      throw Self.error("connect")  // `deinit` closes: all properties are set.
    }
  }

  deinit { close(descriptor) }

  // MARK: Sending

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + sent }, bytes.count - sent)
      }
      guard count >= 0 else { throw Self.error("write") }
      sent += count
    }
  }

  /// Sends the end of the stream; reading goes on. The C function is `shutdown`.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  // MARK: Reading

  /// The next response, with as much content as its `Content-Length` says.
  ///
  /// - Parameter isHead: whether it answers `HEAD`, so that no content follows.
  func readResponse(isHead: Bool = false) throws -> RawResponse {
    var end = received.firstBlankLine(from: start)
    while end == nil {
      guard try readMore() else { throw HarnessError("the stream ended before a response") }
      end = received.firstBlankLine(from: start)
    }
    guard let end else { preconditionFailure("the loop ends with a blank line") }
    var response = RawResponse(head: String(decoding: received[start..<end], as: UTF8.self))
    start = end
    guard !isHead, response.status >= 200, response.status != 204, response.status != 304 else {
      return response
    }
    guard let count = response["Content-Length"].flatMap(Int.init) else {
      throw HarnessError("a response without Content-Length: \(response.head)")
    }
    while received.count - start < count {
      guard try readMore() else { throw HarnessError("the stream ended within a response") }
    }
    response.body = String(decoding: received[start..<start + count], as: UTF8.self)
    start += count
    return response
  }

  /// All that comes until the server ends the stream.
  func readToEnd() throws -> String {
    while try readMore() {}
    defer { start = received.count }
    return String(decoding: received[start...], as: UTF8.self)
  }

  /// False at the end of the stream.
  private func readMore() throws -> Bool {
    received.removeFirst(start)
    start = 0
    let old = received.count
    received.append(contentsOf: repeatElement(0, count: 65_536))
    let count = unsafe received.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress.map { unsafe $0 + old }, $0.count - old)
    }
    received.removeLast(received.count - old - max(0, count))
    guard count >= 0 else { throw Self.error("read") }
    return count > 0
  }

  private static func error(_ function: String) -> HarnessError {
    HarnessError("\(function): \(unsafe String(cString: strerror(errno)))")
  }
}

/// A response as it came.
struct RawResponse {
  /// The status line and the fields, each with its line break, and the blank line.
  let head: String
  var body = ""

  var status: Int { Int(head.dropFirst(9).prefix(3)) ?? 0 }

  /// The value of the first field of this name.
  subscript(name: String) -> String? {
    for line in head.split(separator: "\r\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == name.lowercased() {
        return parts[1].trimmingCharacters(in: .whitespaces)
      }
    }
    return nil
  }
}

extension [UInt8] {
  /// Where the first blank line behind a line that begins at or behind `start` ends.
  fileprivate func firstBlankLine(from start: Int) -> Int? {
    unsafe withUnsafeBytes { bytes in
      var index = start
      while index < bytes.count, let base = bytes.baseAddress,
        let found = unsafe memchr(base + index, 0x0A, bytes.count - index)
      {
        index = unsafe UnsafeRawPointer(found) - base + 1
        guard index + 2 <= bytes.count else { return nil }
        if unsafe bytes[index] == 0x0D, unsafe bytes[index + 1] == 0x0A { return index + 2 }
      }
      return nil
    }
  }
}
