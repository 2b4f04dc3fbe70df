import BuildInfo
public import HTTP1
public import UV

/// Sends requests to one server, one at a time, over a persistent connection.
///
/// The client opens the connection when a request needs one, and looks the name up each time. It
/// closes the connection after an error, a timeout, `Connection: close`, or bytes that belong to no
/// response. If the server closes an idle connection, the next request opens another.
///
/// Until ``close()``, an open connection keeps the loop running. Use it only on the loop's thread.
public final class HTTPClient {
  public typealias Completion = (Result<HTTPResponse, HTTPClientError>) -> Void

  private let loop: Loop
  private let host: String
  private let port: UInt16
  private let hostField: HostField?
  private let limits: ResponseLimits
  private let lookUp: SingleLookUp
  private let security: (any StreamSecurity)?
  /// The request's timeout; after a failure, the delay before the completion is called.
  private let timer: Timer
  private var output = OutputBuffer(capacity: 1024)
  /// The established connection, idle or in use.
  private var connection: Connection?
  private var exchange: Exchange?
  private var isClosed = false

  /// The request in progress.
  private struct Exchange {
    let request: HTTPRequest
    let timeoutMilliseconds: UInt64
    let completion: Completion
    var reader: ResponseReader
    var attempt: ConnectionAttempt?
    /// Whether some of its bytes may have reached the server.
    var isSent = false
  }

  /// Makes a client; it connects with the first request.
  ///
  /// - Parameters:
  ///   - host: a name or a numeric address; an IPv6 address without brackets.
  ///   - port: 1…65535.
  ///   - security: makes the filters of its connections; `nil` to send plain text.
  public convenience init(
    loop: Loop, host: String, port: UInt16, limits: ResponseLimits = ResponseLimits(),
    security: (any StreamSecurity)? = nil
  ) throws(UVError) {
    try self.init(
      loop: loop, host: host, port: port, limits: limits, security: security,
      lookUp: SocketAddress.resolveAll)
  }

  init(
    loop: Loop, host: String, port: UInt16, limits: ResponseLimits = ResponseLimits(),
    security: (any StreamSecurity)? = nil, lookUp: @escaping ConnectionAttempt.LookUp
  ) throws(UVError) {
    self.loop = loop
    self.host = host
    self.port = port
    self.limits = limits
    self.security = security
    self.lookUp = SingleLookUp(lookUp)
    hostField = HostField(host: host, port: port)
    timer = try Timer(loop: loop)
  }

  deinit { close() }

  /// Whether a request is in progress.
  public var isBusy: Bool { exchange != nil }

  /// Sends a request and reads its response.
  ///
  /// - Parameters:
  ///   - timeoutMilliseconds: the limit for everything from the look-up to the response's last
  ///     byte.
  ///   - completion: called once, by the loop, and never after ``close()``. It may send the next
  ///     request. Only with ``HTTPClientError/Reason/busy`` is it called before this returns.
  public func send(
    _ request: HTTPRequest, timeoutMilliseconds: UInt64, completion: @escaping Completion
  ) {
    guard !isClosed else { return }
    guard exchange == nil else { return completion(.failure(.notSent(.busy))) }
    exchange = Exchange(
      request: request, timeoutMilliseconds: timeoutMilliseconds, completion: completion,
      reader: ResponseReader(limits: limits, isResponseToHead: request.method == .head))
    timer.start(afterMilliseconds: timeoutMilliseconds) { [weak self] in
      self?.fail(.timedOut(milliseconds: timeoutMilliseconds))
    }
    // The server may have closed the connection, and the loop may not have reported it yet.
    if let connection, connection.isQuiet {
      write(to: connection)
    } else {
      dropConnection()
      connect()
    }
  }

  /// Closes the connection and drops the request in progress; its outcome is unknown. Calling it
  /// again has no effect.
  public func close() {
    isClosed = true
    exchange?.attempt?.cancel()
    exchange = nil
    dropConnection()
    timer.close()
  }
}

// MARK: - Request out

extension HTTPClient {
  private func connect() {
    // The host is neither a valid name nor an address.
    guard let exchange, hostField != nil else { return fail(.connection(.unknownName)) }
    do throws(UVError) {
      let attempt = try ConnectionAttempt(
        loop: loop, security: security,
        deadlineMilliseconds: loop.nowMilliseconds + exchange.timeoutMilliseconds
      ) { [weak self] result in
        switch result {
        case .success(let connection): self?.didConnect(connection)
        case .failure(let reason): self?.fail(reason)
        }
      }
      self.exchange?.attempt = attempt
      attempt.start(host: host, port: port, lookUp: lookUp.start)
    } catch {
      fail(.connection(error))
    }
  }

  private func didConnect(_ connection: Connection) {
    connection.handler = self
    self.connection = connection
    exchange?.attempt = nil
    write(to: connection)
  }

  private func write(to connection: Connection) {
    guard let request = exchange?.request, let hostField else { return }
    exchange?.isSent = true
    output.removeAll(keeping: 65_536)
    output.append(request, host: hostField, userAgent: BuildInfo.userAgent)
    do throws(UVError) {
      try output.withBytes { bytes throws(UVError) in try connection.send(bytes) }
    } catch {
      fail(.connection(error))
    }
  }
}

// MARK: - Response in

extension HTTPClient: ConnectionHandler {
  func connection(_ connection: Connection, didReceive bytes: Span<UInt8>) {
    do throws(ResponseError) {
      guard let progress = try exchange?.reader.read(bytes) else {
        return dropConnection()  // Bytes without a request.
      }
      guard case .complete(let response, let consumed, let isPersistent) = progress else { return }
      let isClean = consumed == bytes.count && connection.hasSentAll
      if !isPersistent || !isClean { dropConnection() }
      finish(.success(response))
    } catch {
      fail(.response(error))
    }
  }

  func connectionDidEnd(_ connection: Connection) {
    dropConnection()
    guard let exchange else { return }
    do throws(ResponseError) {
      finish(.success(try exchange.reader.end()))
    } catch {
      fail(.response(error))
    }
  }

  func connection(_ connection: Connection, didFail reason: HTTPClientError.Reason) {
    dropConnection()
    if exchange != nil { fail(reason) }
  }

  private func dropConnection() {
    connection?.close()
    connection = nil
  }

  /// Reports the failure a millisecond later, and so never before `send` has returned.
  private func fail(_ reason: HTTPClientError.Reason) {
    dropConnection()
    guard let exchange else { return }
    exchange.attempt?.cancel()
    let error: HTTPClientError = exchange.isSent ? .outcomeUnknown(reason) : .notSent(reason)
    timer.start(afterMilliseconds: 1) { [weak self] in self?.finish(.failure(error)) }
  }

  private func finish(_ result: Result<HTTPResponse, HTTPClientError>) {
    guard let exchange else { return }
    self.exchange = nil
    timer.stop()
    exchange.completion(result)
  }
}
