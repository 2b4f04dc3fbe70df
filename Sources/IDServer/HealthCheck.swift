import HTTP1
import UV

/// Asks a server on this machine whether it is alive, as a container's health check does.
public final class HealthCheck {
  private let loop: Loop
  private let port: UInt16
  private let timer: Timer
  private var stream: TCPStream?
  private var response: [UInt8] = []
  private var result: Result<Void, HealthError>?

  /// What the server must say to be healthy.
  private static let expectedStart = "HTTP/1.1 200 "
  private static let expectedEnd = "\r\n\r\nok"
  private static let responseBytesLimit = 4096

  private init(port: UInt16) throws(UVError) {
    self.port = port
    loop = try Loop()
    timer = try Timer(loop: loop)
  }

  /// Sends `GET /health` to `127.0.0.1`, and returns if the answer is 200 and `ok`.
  ///
  /// - Parameters:
  ///   - port: 1…65535.
  ///   - timeoutMilliseconds: for the whole of it.
  public static func run(
    port: UInt16, timeoutMilliseconds: UInt64 = 2000
  ) throws(HealthError) {
    let result: Result<Void, HealthError>?
    do throws(UVError) {
      let check = try HealthCheck(port: port)
      try check.start(timeoutMilliseconds: timeoutMilliseconds)
      check.loop.run()
      result = check.result
    } catch {
      throw .connection(port: port, error)
    }
    try (result ?? .failure(.badResponse(port: port))).get()
  }

  private func start(timeoutMilliseconds: UInt64) throws(UVError) {
    let address = try SocketAddress(numericHost: "127.0.0.1", port: port)
    let stream = try TCPStream(loop: loop, handler: self)
    self.stream = stream
    timer.start(afterMilliseconds: timeoutMilliseconds) { [unowned self] in
      finish(.failure(.timedOut(port: port, milliseconds: timeoutMilliseconds)))
    }
    try stream.connect(to: address) { [unowned self] error in
      do throws(UVError) {
        if let error { throw error }
        try stream.startReading()
        let request = Array(
          "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        try stream.write(request.span)
      } catch {
        finish(.failure(.connection(port: port, error)))
      }
    }
  }

  /// The first result counts.
  private func finish(_ result: Result<Void, HealthError>) {
    if self.result == nil { self.result = result }
    stream?.close()
    timer.close()
  }
}

extension HealthCheck: TCPStreamHandler {
  public func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) {
    response.append(bytes)
    if response.count > Self.responseBytesLimit { finish(.failure(.badResponse(port: port))) }
  }

  public func streamDidReachEnd(_ stream: TCPStream) {
    let text = String(decoding: response, as: UTF8.self)
    let isHealthy = text.hasPrefix(Self.expectedStart) && text.hasSuffix(Self.expectedEnd)
    finish(isHealthy ? .success(()) : .failure(.badResponse(port: port)))
  }

  public func stream(_ stream: TCPStream, didFail error: UVError) {
    finish(.failure(.connection(port: port, error)))
  }

  public func streamDidDrain(_ stream: TCPStream) {}
  public func streamDidClose(_ stream: TCPStream) { self.stream = nil }
}

/// Why a server is not healthy.
public enum HealthError: Error, CustomStringConvertible {
  case connection(port: UInt16, UVError)
  case timedOut(port: UInt16, milliseconds: UInt64)
  case badResponse(port: UInt16)

  public var description: String {
    switch self {
    case .connection(let port, let error): "127.0.0.1:\(port): \(error)"
    case .timedOut(let port, let milliseconds):
      "127.0.0.1:\(port): no answer within \(milliseconds) ms"
    case .badResponse(let port): "127.0.0.1:\(port): the answer is not 200 with `ok`"
    }
  }
}
