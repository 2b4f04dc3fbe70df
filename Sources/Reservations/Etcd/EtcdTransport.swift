/// How requests get to the members of an etcd cluster, and time to whoever sends them.
///
/// One request is under way at a time. The completions come on the loop's thread, later.
package protocol EtcdTransport: AnyObject {
  /// Sends a `POST` to one member.
  ///
  /// - Parameters:
  ///   - endpoint: its place in ``EtcdConfiguration/endpoints``.
  ///   - completion: called once, also if the request's outcome is not known.
  func send(
    _ request: EtcdHTTPRequest, to endpoint: Int, timeoutMilliseconds: Int64,
    _ completion: @escaping (Result<EtcdHTTPAnswer, EtcdTransportError>) -> Void)

  /// Calls `action` once, after a time. A second call replaces the first.
  func wait(milliseconds: Int64, _ action: @escaping () -> Void)

  /// Reads a file of a few bytes, such as a password.
  func readFile(
    _ path: String, _ completion: @escaping (Result<[UInt8], EtcdTransportError>) -> Void)

  /// Closes all connections. Nothing is called after it.
  func close()
}

/// What is sent.
package struct EtcdHTTPRequest: Equatable, Sendable {
  package var path: String
  /// A JSON object.
  package var body: [UInt8]
  /// The value of `Authorization`.
  package var token: String?
}

/// What comes back.
package struct EtcdHTTPAnswer: Equatable, Sendable {
  /// 200…599.
  package var status: Int
  /// The value of `Date`, if it has one.
  package var unixSeconds: Int64?
  package var body: [UInt8]

  package init(status: Int, unixSeconds: Int64?, body: [UInt8]) {
    self.status = status
    self.unixSeconds = unixSeconds
    self.body = body
  }
}

/// Why nothing has come back. Whether the request was carried out is not known.
package struct EtcdTransportError: Error, Equatable, Sendable {
  /// For people.
  package var reason: String

  package init(_ reason: String) { self.reason = reason }
}
