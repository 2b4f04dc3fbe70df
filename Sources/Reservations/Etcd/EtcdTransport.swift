package import HTTP1
package import HTTPClient

/// How requests get to the members of an etcd cluster, and time to whoever sends them.
///
/// One request is under way at a time. The completions come on the loop's thread, later.
package protocol EtcdTransport: AnyObject {
  /// Sends a request to one member.
  ///
  /// - Parameters:
  ///   - endpoint: its place in ``EtcdConfiguration/endpoints``.
  ///   - completion: called once, also if the request's outcome is not known.
  func send(
    _ request: HTTPRequest, to endpoint: Int, timeoutMilliseconds: UInt64,
    _ completion: @escaping (Result<HTTPResponse, HTTPClientError>) -> Void)

  /// Calls `action` once, after a time. A second call replaces the first.
  func wait(milliseconds: Int64, _ action: @escaping () -> Void)

  /// The content of a file of a few bytes, such as a password.
  func readFile(
    _ path: String, _ completion: @escaping (Result<[UInt8], FileError>) -> Void)

  /// Closes all connections, so that the loop can end. Nothing is called after it.
  func close()
}
