package import HTTP1
package import HTTPClient

/// Carries requests to the members of an etcd cluster, and provides timers to the client.
///
/// One request is in progress at a time. Completions are called later, on the loop's thread.
package protocol EtcdTransport: AnyObject {
  /// Sends a request to one member.
  ///
  /// - Parameters:
  ///   - endpoint: the member's index in ``EtcdConfiguration/endpoints``.
  ///   - completion: called once, even if the request's outcome is unknown.
  func send(
    _ request: HTTPRequest, to endpoint: Int, timeoutMilliseconds: UInt64,
    _ completion: @escaping (Result<HTTPResponse, HTTPClientError>) -> Void)

  /// Calls `action` once, after a delay. A second call replaces the first.
  func wait(milliseconds: Int64, _ action: @escaping () -> Void)

  /// Reads a small file, such as a password.
  func readFile(
    _ path: String, _ completion: @escaping (Result<[UInt8], FileError>) -> Void)

  /// Closes all connections, so that the loop can end. No completion is called afterwards.
  func close()
}
