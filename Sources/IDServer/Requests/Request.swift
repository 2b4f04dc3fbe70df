import HTTP1

/// What a request asks for, once its head has been understood.
struct Request {
  var route: Route
  /// What it is counted by.
  var endpoint = Endpoint.other
  /// `HEAD`: the head of the answer to `GET`, without its content.
  var isHead: Bool
  /// What the answer will say of the connection, unless the server drains.
  var connection: ResponseHead.Connection
  /// Whether the body, if there is one, is read before the answer is given.
  var needsBody = true
  /// Whether the client has said that it will send nothing more, and is believed: RFC 9112 §9.6.
  var isClientsLast = false
}

extension Request {
  /// - Parameter bytes: those that `head` was parsed from.
  init(_ head: RequestHead, in bytes: Span<UInt8>) {
    isHead = head.method == .head
    connection =
      if !head.isPersistent {
        .close
      } else if head.minorVersion == 0 {
        .keepAlive
      } else {
        .persistent
      }
    (endpoint, route) = Self.find(head, in: bytes)
    if case .problem = route, head.expectsContinue {
      // RFC 9110 §10.1.1: the client learns of the error before it has sent the body, and whether
      // it will send it now is its choice. So nothing can follow.
      needsBody = false
      connection = .close
    }
    // RFC 9110 §9.3.6: what follows CONNECT was meant for a tunnel, so it is no request.
    if head.method == .connect { connection = .close }
    // Behind a body, even an empty one, old clients send an empty line: RFC 9112 §2.2.
    isClientsLast =
      !head.isPersistent && head.body == .none && (head.method == .get || head.method == .head)
  }

  private static func find(
    _ head: RequestHead, in bytes: Span<UInt8>
  ) -> (endpoint: Endpoint, route: Route) {
    let target = head.target
    switch target.form {
    case .asterisk: return (.server, .options)
    case .authority: return (.other, .problem(.notAProxy))
    case .origin, .absolute: break
    }
    if head.method == .options, target.path.isEmpty, target.query.isEmpty {
      return (.server, .options)  // RFC 9112 §3.2.4: `OPTIONS http://host` is `OPTIONS *`.
    }
    guard let (index, parameter) = Resource.find(target.path, in: bytes) else {
      return (.other, .problem(.notFound(path: bytes.text(in: target.path))))
    }
    let endpoint = Endpoint(resource: index)
    let resources = Resource.all
    guard resources[index].methods.contains(head.method) else {
      return (endpoint, .problem(.methodNotAllowed(allow: resources[index].methods.allow)))
    }
    do throws(Problem) {
      return (endpoint, try resources[index].route(head, parameter, bytes))
    } catch {
      return (endpoint, .problem(error))
    }
  }
}
