import HTTP1
import HTTPClient
import UV

/// Sends requests to etcd's members over HTTP, with a persistent connection to each member used.
final class EtcdHTTPTransport: EtcdTransport {
  /// A range of all 1024 machine IDs takes about 600 kB.
  private static let limits = ResponseLimits(bodyBytes: 4_194_304)

  private let loop: Loop
  private let clients: [HTTPClient]
  private let timer: Timer

  /// Makes a transport; it connects to a member with the first request to it.
  ///
  /// - Parameter security: for endpoints that are secure.
  init(
    _ endpoints: [EtcdConfiguration.Endpoint], loop: Loop, security: (any StreamSecurity)?
  ) throws(UVError) {
    self.loop = loop
    var clients: [HTTPClient] = []
    for endpoint in endpoints {
      clients.append(
        try HTTPClient(
          loop: loop, host: endpoint.host, port: endpoint.port, limits: Self.limits,
          security: endpoint.isSecure ? security : nil))
    }
    self.clients = clients
    timer = try Timer(loop: loop)
  }

  func send(
    _ request: HTTPRequest, to endpoint: Int, timeoutMilliseconds: UInt64,
    _ completion: @escaping (Result<HTTPResponse, HTTPClientError>) -> Void
  ) {
    clients[endpoint].send(
      request, timeoutMilliseconds: timeoutMilliseconds, completion: completion)
  }

  func wait(milliseconds: Int64, _ action: @escaping () -> Void) {
    timer.start(afterMilliseconds: UInt64(max(1, milliseconds)), action)
  }

  func readFile(
    _ path: String, _ completion: @escaping (Result<[UInt8], FileError>) -> Void
  ) {
    let read = { @Sendable in
      Result { () throws(FileError) in
        let files = HostFileSystem()
        let descriptor = try files.openToRead(path)
        defer { files.close(descriptor) }
        return try files.read(descriptor, upTo: EtcdConfiguration.User.passwordFileBytes)
      }
    }
    do throws(UVError) {
      try ThreadPool.run(on: loop, read, completion: completion)
    } catch {
      completion(.failure(FileError(code: -error.code)))
    }
  }

  func close() {
    for client in clients { client.close() }
    timer.close()
  }
}
