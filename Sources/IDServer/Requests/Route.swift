import HTTP1
import Snowflake

/// What a request asks for, once its head has been understood.
struct Request {
  var route: Route
  /// `HEAD`: the head of the answer to `GET`, without its content.
  var isHead: Bool
  /// What the answer will say of the connection, unless the server drains.
  var connection: ResponseHead.Connection
  /// Whether the body, if there is one, is read before the answer is given.
  var needsBody = true
  /// Whether the client has said that it will send nothing more, and is believed: RFC 9112 §9.6.
  var isClientsLast = false
}

/// The resources of the server.
enum Route {
  case id(IDFormat)
  case ids(IDBatch, IDFormat)
  case decode(SnowflakeID)
  case health
  case ready
  case page
  case apiDescription
  case metrics
  /// `OPTIONS *`: what the server as a whole can do.
  case options
  /// The answer is an error that leaves the connection in order.
  indirect case problem(Problem)
}

/// The IDs of one answer to `GET /ids`: made at once, or in parts when a millisecond is used up.
struct IDBatch {
  static let counts = 1...4096

  /// How many IDs were asked for, 1…4096.
  let count: Int
  private(set) var runs: [SnowflakeIDRun] = []
  /// How many IDs are still to be made.
  private(set) var missingCount: Int

  /// - Throws: a problem that says the range, if `count` is missing or not in it.
  init(_ count: String?) throws(Problem) {
    let allowed = "a whole number from \(Self.counts.lowerBound) to \(Self.counts.upperBound)"
    guard let count else {
      throw Problem(
        status: .badRequest, code: "invalid_count",
        detail: "count is missing: \(allowed) is required.")
    }
    let digits = Array(count.utf8)
    guard let number = digits.span.decimal(in: digits.indices), Self.counts.contains(number) else {
      throw Problem(
        status: .badRequest, code: "invalid_count",
        detail: "count is \"\(count.shortened)\": \(allowed) is required.")
    }
    self.count = number
    missingCount = number
  }

  mutating func append(_ run: SnowflakeIDRun) {
    runs.append(run)
    missingCount -= run.count
  }
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
      var problem = error
      problem.endpoint = Endpoint(head.target, in: bytes)
      route = .problem(problem)
    }
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
}

extension Endpoint {
  /// What the target asks for, if there is such a thing.
  fileprivate init(_ target: RequestHead.Target, in bytes: Span<UInt8>) {
    self = .other
    guard target.form == .origin || target.form == .absolute else { return }
    if let resource = Resource(at: target.path, in: bytes) { self = resource.endpoint }
  }
}

extension Route {
  /// What its requests are counted by.
  var endpoint: Endpoint {
    switch self {
    case .id: .id
    case .ids: .ids
    case .decode: .decode
    case .health: .health
    case .ready: .ready
    case .metrics: .metrics
    case .page: .page
    case .apiDescription: .apiDescription
    case .options: .server
    case .problem(let problem): problem.endpoint
    }
  }

  private static let allow: StaticString = "GET, HEAD"

  init(_ head: RequestHead, in bytes: Span<UInt8>) throws(Problem) {
    switch head.target.form {
    case .asterisk: self = .options
    case .authority:
      throw Problem(
        status: .notImplemented, code: "not_implemented", detail: "This is not a proxy.")
    case .origin, .absolute:
      if head.method == .options, head.target.path.isEmpty, head.target.query.isEmpty {
        self = .options  // RFC 9112 §3.2.4: `OPTIONS http://host` is `OPTIONS *`.
        return
      }
      guard let resource = Resource(at: head.target.path, in: bytes) else {
        throw .notFound(path: bytes.text(in: head.target.path))
      }
      guard head.method == .get || head.method == .head else {
        throw .methodNotAllowed(allow: Self.allow)
      }
      try self.init(resource, head, in: bytes)
    }
  }

  private init(_ resource: Resource, _ head: RequestHead, in bytes: Span<UInt8>) throws(Problem) {
    switch resource {
    case .health: self = .health
    case .ready: self = .ready
    case .page: self = .page
    case .apiDescription: self = .apiDescription
    case .metrics: self = .metrics
    case .id where head.target.query.isEmpty && !head.fields.contains(.accept):
      self = .id(.number)
    case .id:
      let query = try Query(head.target.query, in: bytes)
      self = .id(try IDFormat(head, query, in: bytes))
    case .ids:
      let query = try Query(head.target.query, in: bytes)
      self = .ids(try IDBatch(query.count), try IDFormat(head, query, in: bytes))
    case .decode(let text):
      guard let id = SnowflakeID(text) else { throw .invalidID(text) }
      self = .decode(id)
    }
  }
}

/// The paths of the server.
private enum Resource {
  case id, ids, health, ready, metrics, page, apiDescription
  /// `/decode/`, and what stands behind it: an ID if it is well-formed.
  case decode(String)

  /// Dot segments are not resolved: clients do that before they send.
  init?(at path: Range<Int>, in bytes: Span<UInt8>) {
    // RFC 3986 §6.2.2.2: an encoded letter is the letter. Rare, so it may cost a copy.
    if bytes.contains(UInt8(ascii: "%"), in: path) {
      let decoded = bytes.percentDecoded(path)
      self.init(decoded: decoded.indices, in: decoded.span)
    } else {
      self.init(decoded: path, in: bytes)
    }
  }

  private init?(decoded path: Range<Int>, in bytes: Span<UInt8>) {
    switch path.count {
    case 3 where bytes.hasBytes("/id", in: path): self = .id
    case 4 where bytes.hasBytes("/ids", in: path): self = .ids
    case 6 where bytes.hasBytes("/ready", in: path): self = .ready
    case 7 where bytes.hasBytes("/health", in: path): self = .health
    case 8 where bytes.hasBytes("/metrics", in: path): self = .metrics
    // RFC 9112 §3.2.2: `http://host` is `http://host/`.
    case 0: self = .page
    case 1 where bytes.hasBytes("/", in: path): self = .page
    case 13 where bytes.hasBytes("/openapi.yaml", in: path): self = .apiDescription
    default:
      let prefix: StaticString = "/decode/"
      let prefixEnd = path.lowerBound + prefix.utf8CodeUnitCount
      guard prefixEnd <= path.upperBound,
        bytes.hasBytes(prefix, in: path.lowerBound..<prefixEnd)
      else { return nil }
      self = .decode(bytes.text(in: prefixEnd..<path.upperBound))
    }
  }

  /// What its requests are counted by.
  var endpoint: Endpoint {
    switch self {
    case .id: .id
    case .ids: .ids
    case .decode: .decode
    case .health: .health
    case .ready: .ready
    case .metrics: .metrics
    case .page: .page
    case .apiDescription: .apiDescription
    }
  }
}
