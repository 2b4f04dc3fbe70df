import Foundation
import Testing

/// A TCP client that sends the bytes it is told to and waits for what comes: a blocking socket.
final class RawClient {
  private let descriptor: Int32
  /// What has come and was not asked for yet, from `start` on.
  private var received: [UInt8] = []
  private var start = 0
  private var buffer = [UInt8](repeating: 0, count: 65_536)
  /// Translates what is sent and what has come; `nil` if both are the bytes themselves.
  private let translator: (any ByteTranslator)?

  /// Writing to a connection that the server has closed is then an error, and no signal.
  private static let ignoresBrokenPipe: Void = {
    signal(SIGPIPE, SIG_IGN)
  }()

  /// Connects to a port of this machine.
  ///
  /// - Parameters:
  ///   - host: an address in numbers.
  ///   - seconds: how long each read or write waits at most; then it throws.
  ///   - receiveBytes: how many bytes the system takes before they are read.
  ///   - translator: for connections over TLS.
  init(
    port: UInt16, host: String = "127.0.0.1", seconds: Int = 30, receiveBytes: Int32? = nil,
    translator: (any ByteTranslator)? = nil
  ) throws {
    self.translator = translator
    Self.ignoresBrokenPipe
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
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
    if let receiveBytes { Self.setReceiveBuffer(of: descriptor, to: receiveBytes) }
    guard unsafe connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
      throw Self.error("connect")  // `deinit` closes: all properties are set.
    }
  }

  deinit { close(descriptor) }

  /// Has the system take no more than about so many bytes before they are read.
  static func setReceiveBuffer(of descriptor: Int32, to byteCount: Int32) {
    var byteCount = byteCount
    let size = socklen_t(MemoryLayout<Int32>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &byteCount, size)
  }

  // MARK: Sending

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    try sendUntranslated(try translator?.encode(bytes) ?? bytes)
  }

  func sendUntranslated(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = Self.retryingIfInterrupted {
        unsafe bytes.withUnsafeBytes {
          unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + sent }, bytes.count - sent)
        }
      }
      guard count >= 0 else { throw Self.error("write") }
      sent += count
    }
  }

  /// Sends as many of the bytes as the system takes at once.
  ///
  /// - Returns: how many.
  func sendAtOnce(_ bytes: ArraySlice<UInt8>) -> Int {
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    return max(
      0,
      unsafe bytes.withUnsafeBytes {
        unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, flags)
      })
  }

  /// Sends the end of the stream; reading goes on. The C function is `shutdown`.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  // MARK: Reading

  /// Whether bytes, or the end of the stream, come within so many milliseconds. The C function is
  /// `poll`.
  func hasInput(milliseconds: Int32) -> Bool {
    var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&file, 1, milliseconds) > 0
  }

  /// The next response, with as much content as its `Content-Length` says.
  ///
  /// - Parameter isHead: whether it answers `HEAD`, so that no content follows.
  func readResponse(isHead: Bool = false) throws -> RawResponse {
    while true {
      if let (end, contentLength) = received.head(from: start) {
        let head = String(decoding: received[start..<end], as: UTF8.self)
        start = end
        var response = RawResponse(head: head)
        if !isHead, response.hasContent {
          guard let contentLength else { throw HarnessError("no Content-Length: \(head)") }
          response.body = try readContent(byteCount: contentLength)
        }
        return response
      }
      guard try readMore() else { throw HarnessError("the stream ended before a response") }
    }
  }

  /// All that comes until the server ends the stream.
  func readToEnd() throws -> String {
    while try readMore() {}
    defer { start = received.count }
    return String(decoding: received[start...], as: UTF8.self)
  }

  private func readContent(byteCount: Int) throws -> String {
    while received.count - start < byteCount {
      guard try readMore() else { throw HarnessError("the stream ended within a response") }
    }
    defer { start += byteCount }
    return String(decoding: received[start..<start + byteCount], as: UTF8.self)
  }

  /// False at the end of the stream.
  private func readMore() throws -> Bool {
    received.removeFirst(start)
    start = 0
    let count = Self.retryingIfInterrupted {
      unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    }
    guard count >= 0 else { throw Self.error("read") }
    guard let translator else {
      received.append(contentsOf: buffer[..<count])
      return count > 0
    }
    guard count > 0 else { return false }
    let (bytes, reply) = try translator.decode(Array(buffer[..<count]))
    received.append(contentsOf: bytes)
    try sendUntranslated(reply)
    return true
  }

  /// Takes what has come next, and gives it to the translator. False at the end of the stream.
  func receiveSome() throws -> Bool { try readMore() }

  /// Calls a system call again if a signal interrupts it, such as SIGCHLD of another test. A socket
  /// with a time limit does not do that by itself (signal(7)).
  static func retryingIfInterrupted(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  private static func error(_ function: String) -> HarnessError {
    HarnessError("\(function): \(unsafe String(cString: strerror(errno)))")
  }
}

extension RawClient {
  /// What the server says of itself: each sample's value by its name and labels.
  func metrics() throws -> [String: String] {
    try send(Request.get("/metrics"))
    let lines = try readResponse().body.split(separator: "\n").filter { !$0.hasPrefix("#") }
    return Dictionary(
      lines.map { line in
        let space = line.lastIndex(of: " ") ?? line.startIndex
        return (String(line[..<space]), String(line[space...].dropFirst()))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The value of a sample that is a whole number and has no labels.
  func metric(_ name: String) throws -> Int {
    try #require(try metrics()[name].flatMap { Int($0) })
  }

  /// Asks until the sample is as it is expected to be. How long that takes is the machine's affair.
  ///
  /// - Returns: its value then.
  @discardableResult
  func waitForMetric(_ name: String, until isExpected: (Int) throws -> Bool) throws -> Int {
    let deadline = ContinuousClock.now + .seconds(120)
    while true {
      let value = try metric(name)
      if try isExpected(value) { return value }
      guard ContinuousClock.now < deadline else {
        throw HarnessError("\(name) is still \(value) after 120 s")
      }
      usleep(1000)
    }
  }
}

/// Translates between the bytes of a client and those of its connection: TLS.
protocol ByteTranslator: AnyObject {
  func encode(_ bytes: [UInt8]) throws -> [UInt8]

  /// - Returns: what the server says, and what must be sent in reply to that.
  func decode(_ bytes: [UInt8]) throws -> (bytes: [UInt8], reply: [UInt8])
}

/// A response as it came.
struct RawResponse {
  /// The status line and the fields, each with its line break, and the blank line.
  let head: String
  var body = ""

  var status: Int { Int(String(decoding: head.utf8.dropFirst(9).prefix(3), as: UTF8.self)) ?? 0 }

  /// RFC 9112 §6.3, but for the answer to `HEAD`.
  fileprivate var hasContent: Bool { status >= 200 && status != 204 && status != 304 }

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
  /// Where the head that begins at `start` ends, and its `Content-Length`; `nil` if not all of it
  /// is there.
  ///
  /// Tests read hundreds of thousands of responses, also when they are built without optimization.
  fileprivate func head(from start: Int) -> (end: Int, contentLength: Int?)? {
    unsafe withUnsafeBytes { bytes in
      let name = "Content-Length:"
      var contentLength: Int?
      var index = start
      while index < bytes.count, let line = unsafe bytes.baseAddress.map({ unsafe $0 + index }),
        let end = unsafe memchr(line, 0x0A, bytes.count - index)
      {
        let count = unsafe UnsafeRawPointer(end) - line + 1
        let text = unsafe line.assumingMemoryBound(to: CChar.self)
        if count == 2 { return (index + count, contentLength) }  // CR LF.
        // Both stop at the line's end at the latest.
        if unsafe strncasecmp(text, name, name.utf8.count) == 0 {
          contentLength = unsafe atol(text + name.utf8.count)
        }
        index += count
      }
      return nil
    }
  }
}
