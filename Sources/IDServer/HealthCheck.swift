import Glibc
import HTTP1
public import UV

/// Checks whether a server on this machine is alive, for a container's health check. It blocks, and
/// needs no loop.
public struct HealthCheck {
  private static let limits = ResponseLimits(headBytes: 4096, bodyBytes: 4096)

  private let place: String
  private let timeoutMilliseconds: UInt64
  private let deadlineNanoseconds: UInt64

  /// Sends `GET /health`, and returns if the response is 200 and `ok`.
  ///
  /// - Parameters:
  ///   - host: the server's `HOST`. The wildcard addresses, `::` and `0.0.0.0`, reach this machine.
  ///   - port: 1…65535.
  ///   - timeoutMilliseconds: the timeout for the whole check, except the look-up of a name.
  public static func run(
    host: String, port: UInt16, timeoutMilliseconds: UInt64 = 2000
  ) throws(HealthError) {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var addresses: UnsafeMutablePointer<addrinfo>?
    let status = unsafe getaddrinfo(host, String(port), &hints, &addresses)
    defer { unsafe freeaddrinfo(addresses) }
    let place = SocketAddress.text(host: host, port: port)
    guard status == 0, let first = unsafe addresses else {
      throw .lookUp(place: place, reason: unsafe String(cString: gai_strerror(status)))
    }
    let check = HealthCheck(
      place: place, timeoutMilliseconds: timeoutMilliseconds,
      deadlineNanoseconds: Loop.nowNanoseconds + timeoutMilliseconds * 1_000_000)
    let socket = try unsafe check.connect(toAnyOf: first)
    defer { close(socket) }
    guard let request = try? HTTPRequest(target: "/health"),
      let field = HostField(host: host, port: port),
      let response = try check.send(request, field, on: socket),
      response.status == 200, response.body.elementsEqual("ok".utf8)
    else { throw .badResponse(place: place) }
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
        guard socket >= 0 else { throw failure(errno) }
        try limitTime(of: socket)
        let status = unsafe Glibc.connect(socket, address.ai_addr, address.ai_addrlen)
        guard status == 0 else { throw failure(errno) }
        return socket
      } catch {
        close(socket)
        guard let next = unsafe address.ai_next else { throw error }
        unsafe address = next.pointee
      }
    }
  }

  /// The C functions are `send` and `recv`.
  ///
  /// - Returns: `nil` if what the server sends is not a response, or is too long.
  private func send(
    _ request: HTTPRequest, _ host: HostField, on socket: CInt
  ) throws(HealthError) -> HTTPResponse? {
    var output = OutputBuffer()
    output.append(request, host: host)
    try limitTime(of: socket)
    let sent = output.withBytes {
      unsafe $0.withUnsafeBytes {
        unsafe Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
    }
    guard sent == output.count else { throw failure(errno) }
    var reader = ResponseReader(limits: Self.limits)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      try limitTime(of: socket)
      let count = unsafe recv(socket, &buffer, buffer.count, 0)
      guard count >= 0 else { throw failure(errno) }
      guard count > 0 else { return try? reader.end() }
      guard let progress = try? reader.read(buffer.span.extracting(..<count)) else { return nil }
      if case .complete(let response, _, _) = progress { return response }
    }
  }

  /// Limits the next call on the socket to the time that is left. The C function is `setsockopt`,
  /// with `SO_SNDTIMEO`, which `connect` follows, too, and `SO_RCVTIMEO` (socket(7)).
  private func limitTime(of socket: CInt) throws(HealthError) {
    let now = Loop.nowNanoseconds
    // A limit of 0 would be none.
    guard now / 1000 < deadlineNanoseconds / 1000 else { throw failure(EAGAIN) }
    let microseconds = deadlineNanoseconds / 1000 - now / 1000
    var time = timeval(
      tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
    let size = socklen_t(MemoryLayout<timeval>.size)
    for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
      guard unsafe setsockopt(socket, SOL_SOCKET, option, &time, size) == 0 else {
        throw failure(errno)
      }
    }
  }

  private func failure(_ code: CInt) -> HealthError {
    // EAGAIN and EINPROGRESS: a call has taken longer than the limit (socket(7)).
    [EAGAIN, EINPROGRESS].contains(code)
      ? .timedOut(place: place, milliseconds: timeoutMilliseconds)
      : .connection(place: place, UVError(code: -code))
  }
}

/// Why a server is not healthy.
public enum HealthError: Error, CustomStringConvertible {
  case lookUp(place: String, reason: String)
  case connection(place: String, UVError)
  case timedOut(place: String, milliseconds: UInt64)
  case badResponse(place: String)

  public var description: String {
    switch self {
    case .lookUp(let place, let reason): "\(place): \(reason)"
    case .connection(let place, let error): "\(place): \(error)"
    case .timedOut(let place, let milliseconds):
      "\(place): no answer within \(milliseconds) ms"
    case .badResponse(let place): "\(place): the answer is not 200 with `ok`"
    }
  }
}
