import HTTP1

/// A resource of the server. To add one, add an entry to ``all``, the response to its ``Route`` to
/// `IDService`, and its path to Documents/openapi.yaml.
struct Resource: Sendable {
  /// Makes the route of a request, or throws what is wrong with the request.
  typealias MakeRoute =
    @Sendable (
      _ head: RequestHead, _ parameter: String, _ service: IDService, _ bytes: Span<UInt8>
    ) throws(Problem) -> Route

  /// All resources, the most requested first.
  static let all = [
    Resource("/id", route: Route.id),
    Resource("/ids", route: Route.ids),
    Resource("/decode/", parameter: "{id}", route: Route.decode),
    Resource("/bounds", route: Route.bounds),
    Resource("/health", in: .all) { _, _, _, _ in .health },
    Resource("/ready", in: .all) { _, _, _, _ in .ready },
    Resource("/metrics", in: .operators) { _, _, _, _ in .metrics },
    Resource("/") { _, _, _, _ in .page },
    Resource("/openapi.yaml") { _, _, _, _ in .apiDescription },
  ]

  /// The path, or its part before the parameter.
  private let prefix: StaticString
  /// The parameter's name for the rest of the path, such as `{id}`; empty if there is none.
  private let parameter: StaticString
  let methods: Methods
  /// The sets of resources to which it belongs.
  let sets: ResourceSet
  let route: MakeRoute

  private init(
    _ prefix: StaticString, parameter: StaticString = "", methods: Methods = .read,
    in sets: ResourceSet = .clients, route: @escaping MakeRoute
  ) {
    self.sets = sets
    self.prefix = prefix
    self.parameter = parameter
    self.methods = methods
    self.route = route
  }

  /// The path as in Documents/openapi.yaml; it is also the metrics' label.
  var path: String { "\(prefix)\(parameter)" }

  /// The methods of a resource.
  enum Methods: Sendable {
    /// `GET` and `HEAD`.
    case read

    /// The value of `Allow`.
    var allow: StaticString {
      switch self {
      case .read: "GET, HEAD"
      }
    }

    func contains(_ method: RequestHead.Method) -> Bool {
      switch self {
      case .read: method == .get || method == .head
      }
    }
  }
}

// MARK: - By path

extension Resource {
  /// The index of the resource at a path, and the path's parameter; `nil` if there is no such
  /// resource.
  ///
  /// Dot segments are not resolved: clients do that before they send.
  static func find(
    _ path: Range<Int>, in bytes: Span<UInt8>, of set: ResourceSet = .all
  ) -> (index: Int, parameter: String)? {
    let found = find(decoded: path, in: bytes, of: set)
    // RFC 3986 §6.2.2.2: an encoded letter is equivalent to the letter. A path that matches a
    // resource without a parameter has no percent-encoding in it.
    if let found, found.parameter.isEmpty { return found }
    guard bytes.contains(UInt8(ascii: "%"), in: path) else { return found }
    // This copies the path, but it is rare.
    let decoded = bytes.percentDecoded(path)
    return find(decoded: decoded.indices, in: decoded.span, of: set)
  }

  private static func find(
    decoded path: Range<Int>, in bytes: Span<UInt8>, of set: ResourceSet
  ) -> (index: Int, parameter: String)? {
    let resources = all.span
    for index in resources.indices where resources[index].isAt(path, in: bytes) {
      guard !resources[index].sets.isDisjoint(with: set) else { return nil }
      let parameterStart = path.lowerBound + resources[index].prefix.utf8CodeUnitCount
      // An empty path is shorter than the prefix `/`.
      guard parameterStart < path.upperBound else { return (index, "") }
      return (index, bytes.text(in: parameterStart..<path.upperBound))
    }
    return nil
  }

  @inline(__always)
  private func isAt(_ path: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    let prefixCount = prefix.utf8CodeUnitCount
    if path.count == prefixCount { return bytes.hasBytes(prefix, in: path) }
    // RFC 9112 §3.2.2: `http://host` is equivalent to `http://host/`.
    if path.isEmpty { return prefixCount == 1 }
    guard parameter.utf8CodeUnitCount > 0, path.count > prefixCount else { return false }
    return bytes.hasBytes(prefix, in: path.lowerBound..<path.lowerBound + prefixCount)
  }
}

/// The metrics' label for requests: a closed set, so that clients cannot make it grow.
struct Endpoint: Hashable, Sendable {
  /// Consecutive from 0.
  let index: Int

  /// Requests for unknown resources, and requests that could not be parsed.
  static let other = Endpoint(index: 0)
  /// `OPTIONS *`.
  static let server = Endpoint(index: 1)

  private init(index: Int) { self.index = index }

  /// - Parameter resource: its index in ``Resource/all``.
  init(resource: Int) { index = resource + 2 }

  static let all = Resource.all.indices.map { Endpoint(resource: $0) } + [.server, .other]

  /// The value of the label.
  var label: String {
    switch self {
    case .other: "other"
    case .server: "*"
    default: Resource.all[index - 2].path
    }
  }
}
