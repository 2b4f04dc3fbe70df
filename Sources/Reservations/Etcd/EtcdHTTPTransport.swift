import UV

/// etcd's members over the network.
final class EtcdHTTPTransport: EtcdTransport {
  private let timer: Timer

  init(_ endpoints: [EtcdConfiguration.Endpoint], loop: Loop) throws(UVError) {
    timer = try Timer(loop: loop)
  }

  func send(
    _ request: EtcdHTTPRequest, to endpoint: Int, timeoutMilliseconds: Int64,
    _ completion: @escaping (Result<EtcdHTTPAnswer, EtcdTransportError>) -> Void
  ) {}

  func wait(milliseconds: Int64, _ action: @escaping () -> Void) {
    timer.start(afterMilliseconds: UInt64(max(1, milliseconds)), action)
  }

  func readFile(
    _ path: String, _ completion: @escaping (Result<[UInt8], EtcdTransportError>) -> Void
  ) {}

  func close() { timer.close() }
}
