import HTTP1

/// What a request asks for, once its head has been understood.
struct Request {
  var route: Route
  /// `HEAD`: the head of the answer to `GET`, without its content.
  var isHead: Bool
  /// What the answer will say of the connection, unless the server drains.
  var connection: ResponseHead.Connection
  /// Whether the body, if there is one, is read before the answer is given.
  var needsBody = true
}

/// The resources of the server.
enum Route {
  case id
  case health
  /// `OPTIONS *`: what the server as a whole can do.
  case options
  /// The answer is an error that leaves the connection in order.
  case problem(Problem)
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
    do throws(Problem) {
      route = try Route(head, in: bytes)
    } catch {
      route = .problem(error)
    }
    if case .problem = route, head.expectsContinue {
      // RFC 9110 §10.1.1: the client learns of the error before it has sent the body, and whether
      // it will send it now is its choice. So nothing can follow.
      needsBody = false
      connection = .close
    }
    // RFC 9110 §9.3.6: what follows CONNECT was meant for a tunnel, so it is no request.
    if head.method == .connect { connection = .close }
  }
}

extension Route {
  private static let allow: StaticString = "GET, HEAD"

  init(_ head: RequestHead, in bytes: Span<UInt8>) throws(Problem) {
    switch head.target.form {
    case .asterisk: self = .options
    case .authority:
      throw Problem(
        status: .notImplemented, code: "not_implemented", detail: "This is not a proxy.")
    case .origin, .absolute:
      guard let route = Self.resource(at: head.target.path, in: bytes) else {
        if head.method == .options, head.target.path.isEmpty {
          self = .options  // RFC 9112 §3.2.4: `OPTIONS http://host` is `OPTIONS *`.
          return
        }
        throw .notFound(path: bytes.text(in: head.target.path))
      }
      guard head.method == .get || head.method == .head else {
        throw .methodNotAllowed(allow: Self.allow)
      }
      self = route
    }
  }

  /// Dot segments are not resolved: no client that means well sends them.
  private static func resource(at path: Range<Int>, in bytes: Span<UInt8>) -> Route? {
    // RFC 3986 §6.2.2.2: an encoded letter is the letter. Rare, so it may cost a copy.
    if bytes.contains(UInt8(ascii: "%"), in: path) {
      let decoded = bytes.percentDecoded(path)
      guard !decoded.contains(UInt8(ascii: "%")) else { return nil }
      return resource(at: decoded.indices, in: decoded.span)
    }
    switch path.count {
    case 3 where bytes.hasBytes("/id", in: path): return .id
    case 7 where bytes.hasBytes("/health", in: path): return .health
    default: return nil
    }
  }
}
