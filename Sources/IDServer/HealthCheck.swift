import HTTP1
public import UV

/// Asks a server on this machine whether it is alive, as a container's health check does.
public final class HealthCheck {
  private let loop: Loop
  /// Where it asks, for errors.
  private let place: String
  private let timer: Timer
  private var stream: TCPStream?
  private var response: [UInt8] = []
  private var result: Result<Void, HealthError>?

  /// What the server must say to be healthy.
  private static let expectedStart = "HTTP/1.1 200 "
  private static let expectedEnd = "\r\n\r\nok"
  private static let responseBytesLimit = 4096

  private init(place: String) throws(UVError) {
    self.place = place
    loop = try Loop()
    timer = try Timer(loop: loop)
  }

  /// Sends `GET /health`, and returns if the answer is 200 and `ok`.
  ///
  /// - Parameters:
  ///   - host: what the server listens on. All addresses (`::`, `0.0.0.0`) stand for this machine.
  ///   - port: 1…65535.
  ///   - timeoutMilliseconds: for the whole of it.
  public static func run(
    host: String, port: UInt16, timeoutMilliseconds: UInt64 = 2000
  ) throws(HealthError) {
    let place = SocketAddress.text(host: host, port: port)
    let result: Result<Void, HealthError>?
    do throws(UVError) {
      let check = try HealthCheck(place: place)
      let address = try SocketAddress(resolving: host, port: port, loop: check.loop)
      try check.start(address, timeoutMilliseconds: timeoutMilliseconds)
      check.loop.run()
      result = check.result
    } catch {
      throw .connection(place: place, error)
    }
    try (result ?? .failure(.badResponse(place: place))).get()
  }

  private func start(
    _ address: SocketAddress, timeoutMilliseconds: UInt64
  ) throws(UVError) {
    let stream = try TCPStream(loop: loop, handler: self)
    self.stream = stream
    timer.start(afterMilliseconds: timeoutMilliseconds) { [unowned self] in
      finish(.failure(.timedOut(place: place, milliseconds: timeoutMilliseconds)))
    }
    try stream.connect(to: address) { [unowned self] error in
      do throws(UVError) {
        if let error { throw error }
        try stream.startReading()
        let request = Array(
          "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        try stream.write(request.span)
      } catch {
        finish(.failure(.connection(place: place, error)))
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
    if response.count > Self.responseBytesLimit { finish(.failure(.badResponse(place: place))) }
  }

  public func streamDidReachEnd(_ stream: TCPStream) {
    let text = String(decoding: response, as: UTF8.self)
    let isHealthy = text.hasPrefix(Self.expectedStart) && text.hasSuffix(Self.expectedEnd)
    finish(isHealthy ? .success(()) : .failure(.badResponse(place: place)))
  }

  public func stream(_ stream: TCPStream, didFail error: UVError) {
    finish(.failure(.connection(place: place, error)))
  }

  public func streamDidWrite(_ stream: TCPStream) {}
  public func streamDidClose(_ stream: TCPStream) { self.stream = nil }
}

/// Why a server is not healthy.
public enum HealthError: Error, CustomStringConvertible {
  case connection(place: String, UVError)
  case timedOut(place: String, milliseconds: UInt64)
  case badResponse(place: String)

  public var description: String {
    switch self {
    case .connection(let place, let error): "\(place): \(error)"
    case .timedOut(let place, let milliseconds):
      "\(place): no answer within \(milliseconds) ms"
    case .badResponse(let place): "\(place): the answer is not 200 with `ok`"
    }
  }
}
