import BuildInfo
import Glibc
public import UV

/// Checks whether a server on this machine is alive, for a container's health check. It blocks, and
/// needs no loop.
public struct HealthCheck {
  private static let request = Array(
    """
    GET /health HTTP/1.1\r
    Host: localhost\r
    User-Agent: \(BuildInfo.userAgent)\r
    Connection: close\r
    \r

    """.utf8)
  private static let responseByteLimit = 4096

  private let place: String
  private let timeoutMilliseconds: UInt64
  private let startNanoseconds = Loop.nowNanoseconds

  /// Sends `GET /health`, and returns if the response is 200 and `ok`.
  ///
  /// - Parameters:
  ///   - host: the server's `HOST`. The wildcard addresses, `::` and `0.0.0.0`, reach this machine.
  ///   - port: 1…65535.
  ///   - filter: for a server with TLS.
  ///   - timeoutMilliseconds: the timeout for the whole check, except the look-up of a name.
  public static func run(
    host: String, port: UInt16, through filter: (any StreamFilter)? = nil,
    timeoutMilliseconds: UInt64 = 2000
  ) throws(HealthError) {
    let place = SocketAddress.text(host: host, port: port)
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var addresses: UnsafeMutablePointer<addrinfo>?
    let status = unsafe getaddrinfo(host, String(port), &hints, &addresses)
    guard status == 0, let first = unsafe addresses else {
      throw .lookUp(place: place, reason: unsafe String(cString: gai_strerror(status)))
    }
    defer { unsafe freeaddrinfo(first) }
    let check = HealthCheck(place: place, timeoutMilliseconds: timeoutMilliseconds)
    let socket = try unsafe check.connect(toAnyOf: first)
    defer { close(socket) }
    let response: [UInt8]
    if let filter {
      response = try check.response(on: socket, through: filter)
    } else {
      try check.send(Self.request.span, on: socket)
      response = try check.response(on: socket)
    }
    guard response.starts(with: "HTTP/1.1 200 ".utf8),
      String(decoding: response, as: UTF8.self).hasSuffix("\r\n\r\nok")
    else { throw .badResponse(place: place) }
  }

  private init(place: String, timeoutMilliseconds: UInt64) {
    self.place = place
    self.timeoutMilliseconds = timeoutMilliseconds
  }

  /// Connects to the first of the addresses that accepts a connection. The C functions are `socket`
  /// and `connect`.
  ///
  /// - Throws: the error of the last address.
  private func connect(toAnyOf list: UnsafeMutablePointer<addrinfo>) throws(HealthError) -> CInt {
    var address = unsafe list.pointee
    while true {
      let socket = unsafe socket(address.ai_family, address.ai_socktype, 0)
      do throws(HealthError) {
        try call(on: socket) {
          Int(unsafe Glibc.connect(socket, address.ai_addr, address.ai_addrlen))
        }
        return socket
      } catch {
        close(socket)
        guard let next = unsafe address.ai_next else { throw error }
        unsafe address = next.pointee
      }
    }
  }

  /// The C function is `send`.
  private func send(_ bytes: Span<UInt8>, on socket: CInt) throws(HealthError) {
    try call(on: socket) {
      unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
    }
  }

  /// The next bytes that the server has sent; empty at their end. The C function is `recv`.
  private func receive(on socket: CInt) throws(HealthError) -> ArraySlice<UInt8> {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = try call(on: socket) { unsafe recv(socket, &buffer, buffer.count, 0) }
    return buffer[..<count]
  }

  /// The bytes that the server sends until it closes the connection.
  private func response(on socket: CInt) throws(HealthError) -> [UInt8] {
    var response: [UInt8] = []
    while response.count <= Self.responseByteLimit {
      let bytes = try receive(on: socket)
      if bytes.isEmpty { break }
      response += bytes
    }
    return response
  }

  /// Sends the request once the connection is established, and returns the response.
  private func response(
    on socket: CInt, through filter: any StreamFilter
  ) throws(HealthError) -> [UInt8] {
    var response: [UInt8] = []
    var hasSent = false
    try pass(filter, on: socket) { filter throws(UVError) in try filter.start() }
    while response.count <= Self.responseByteLimit, !filter.hasPeerEnded {
      if filter.isEstablished, !hasSent {
        hasSent = true
        try pass(filter, on: socket) { filter throws(UVError) in
          try filter.send(Self.request.span)
        }
      }
      let bytes = Array(try receive(on: socket))
      if bytes.isEmpty { break }
      try pass(filter, on: socket) { filter throws(UVError) in try filter.receive(bytes.span) }
      response += filter.received
    }
    return response
  }

  /// Calls the filter, and sends its output.
  private func pass(
    _ filter: any StreamFilter, on socket: CInt,
    _ body: (any StreamFilter) throws(UVError) -> Void
  ) throws(HealthError) {
    var output: [UInt8] = []
    do throws(UVError) {
      try body(filter)
      try filter.withOutput { bytes throws(UVError) in
        output = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
      }
    } catch {
      throw .security(place: place, reason: filter.failureReason ?? "\(error)")
    }
    if !output.isEmpty { try send(output.span, on: socket) }
  }

  /// Calls a C function that waits for the socket, at most for the time that is left.
  ///
  /// A signal interrupts a call that has a limit, whatever `SA_RESTART` says (signal(7)). On Linux,
  /// a second `connect` waits for the first one.
  @discardableResult
  private func call(on socket: CInt, _ body: () -> Int) throws(HealthError) -> Int {
    while true {
      try limitTime(of: socket)
      let result = body()
      guard result < 0, errno == EINTR else { return try check(result) }
    }
  }

  /// Limits the next call on the socket to the time that is left. The C function is `setsockopt`,
  /// with `SO_SNDTIMEO`, which `connect` follows, too, and `SO_RCVTIMEO` (socket(7)).
  private func limitTime(of socket: CInt) throws(HealthError) {
    let elapsedMicroseconds = Int((Loop.nowNanoseconds - startNanoseconds) / 1000)
    let microseconds = Int(timeoutMilliseconds) * 1000 - elapsedMicroseconds
    // A limit of 0 would be none.
    guard microseconds > 0 else { throw timeout }
    var time = timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
    let size = socklen_t(MemoryLayout<timeval>.size)
    for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
      try check(unsafe setsockopt(socket, SOL_SOCKET, option, &time, size))
    }
  }

  private var timeout: HealthError {
    .timedOut(place: place, milliseconds: timeoutMilliseconds)
  }

  /// Returns the result of a C function, and throws `errno` if it is −1.
  @discardableResult
  private func check<Result: SignedInteger>(_ result: Result) throws(HealthError) -> Result {
    guard result < 0 else { return result }
    // EAGAIN and EINPROGRESS: a call has taken longer than the limit (socket(7)).
    if [EAGAIN, EINPROGRESS].contains(errno) { throw timeout }
    throw .connection(place: place, UVError(code: -errno))
  }
}

/// Why a server is not healthy.
public enum HealthError: Error, CustomStringConvertible {
  case lookUp(place: String, reason: String)
  case connection(place: String, UVError)
  case timedOut(place: String, milliseconds: UInt64)
  case badResponse(place: String)
  /// TLS has failed, for this reason.
  case security(place: String, reason: String)

  public var description: String {
    switch self {
    case .lookUp(let place, let reason): "\(place): \(reason)"
    case .connection(let place, let error): "\(place): \(error)"
    case .timedOut(let place, let milliseconds):
      "\(place): no answer within \(milliseconds) ms"
    case .security(let place, let reason): "\(place): \(reason)"
    case .badResponse(let place): "\(place): the answer is not 200 with `ok`"
    }
  }
}
