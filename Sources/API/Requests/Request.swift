import HTTP1

/// A routed request, made from a parsed head.
struct Request {
  var route: Route
  /// The endpoint under which it is counted.
  var endpoint = Endpoint.other
  /// Whether the method is `HEAD`: the response has no content.
  var isHead: Bool
  /// The `Connection` field of the response, unless the server drains.
  var connection: ResponseHead.Connection
  /// Whether the body, if there is one, is read before the response is sent.
  var needsBody = true
  /// Whether the client requested close, so that the server need not read on: RFC 9112 §9.6.
  var isClientsLast = false
}

extension Request {
  /// - Parameters:
  ///   - bytes: the bytes from which `head` was parsed.
  ///   - service: which answers it. Its layout and its policy, which do not change, decide what is
  ///     allowed.
  ///   - router: that of the port; `nil` for that of the main port.
  ///   - origin: the result of ``CORSPolicy/origin(of:in:)``.
  init(
    _ head: RequestHead, in bytes: Span<UInt8>, for service: IDService, at router: Router? = nil,
    from origin: Int? = nil
  ) {
    isHead = head.method == .head
    connection =
      if !head.isPersistent {
        .close
      } else if head.minorVersion == 0 {
        .keepAlive
      } else {
        .persistent
      }
    (endpoint, route) = Self.find(
      head, in: bytes, for: service, at: router ?? service.router, from: origin)
    if case .problem = route, head.expectsContinue {
      // RFC 9110 §10.1.1: the client gets the error before it has sent the body, and may then send
      // it or not. So the start of the next request is unknown.
      needsBody = false
      connection = .close
    }
    // RFC 9110 §9.3.6: the bytes after CONNECT are meant for a tunnel, and are not a request.
    if head.method == .connect { connection = .close }
    // After a body, even an empty one, old clients send an empty line: RFC 9112 §2.2.
    isClientsLast =
      !head.isPersistent && head.body == .none && (head.method == .get || head.method == .head)
  }

  private static func find(
    _ head: RequestHead, in bytes: Span<UInt8>, for service: IDService, at router: Router,
    from origin: Int?
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
    guard let (index, parameter) = Resource.find(target.path, in: bytes, of: router.resources)
    else {
      return (.other, .problem(.notFound(path: bytes.text(in: target.path))))
    }
    let endpoint = Endpoint(resource: index)
    let resources = Resource.all
    guard resources[index].methods.contains(head.method) else {
      if service.cors.isPreflight(head, from: origin, in: bytes) { return (endpoint, .options) }
      return (endpoint, .problem(.methodNotAllowed(allow: resources[index].methods.allow)))
    }
    do throws(Problem) {
      return (endpoint, try resources[index].route(head, parameter, service, bytes))
    } catch {
      return (endpoint, .problem(error))
    }
  }
}
