import HTTP1
import HTTPClient
public import UV

/// Checks whether a server on this machine is alive, for a container's health check.
public enum HealthCheck {
  /// Sends `GET /health`, and returns if the response is 200 and `ok`.
  ///
  /// - Parameters:
  ///   - host: the server's `HOST`. The wildcard addresses, `::` and `0.0.0.0`, reach this machine.
  ///   - port: 1…65535.
  ///   - timeoutMilliseconds: the timeout for the whole check.
  public static func run(
    host: String, port: UInt16, timeoutMilliseconds: UInt64 = 2000
  ) throws(HealthError) {
    let place = SocketAddress.text(host: host, port: port)
    let outcome: Result<HTTPResponse, HTTPClientError>?
    do throws(UVError) {
      outcome = try ask(host: host, port: port, timeoutMilliseconds: timeoutMilliseconds)
    } catch {
      throw .connection(place: place, error)
    }
    switch outcome {
    case .success(let response):
      guard response.status == 200, response.body.elementsEqual("ok".utf8) else {
        throw .badResponse(place: place)
      }
    case .failure(let error):
      switch error.reason {
      case .connection(let error): throw .connection(place: place, error)
      case .timedOut(let milliseconds): throw .timedOut(place: place, milliseconds: milliseconds)
      case .response, .busy: throw .badResponse(place: place)
      }
    case nil: throw .badResponse(place: place)
    }
  }

  /// Runs a loop of its own until there is an outcome.
  private static func ask(
    host: String, port: UInt16, timeoutMilliseconds: UInt64
  ) throws(UVError) -> Result<HTTPResponse, HTTPClientError>? {
    let loop = try Loop()
    let limits = ResponseLimits(headBytes: 4096, bodyBytes: 4096)
    let client = try HTTPClient(loop: loop, host: host, port: port, limits: limits)
    var outcome: Result<HTTPResponse, HTTPClientError>?
    guard let request = try? HTTPRequest(target: "/health") else { return nil }
    client.send(request, timeoutMilliseconds: timeoutMilliseconds) {
      outcome = $0
      client.close()
    }
    loop.run()
    return outcome
  }
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
