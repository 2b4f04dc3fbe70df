/// Finds the resources of the requests to one port.
package final class Router {
  let resources: ResourceSet
  /// A request to another port can be the same bytes and be answered otherwise.
  let memo = RequestMemo()

  init(_ resources: ResourceSet) { self.resources = resources }
}

/// A set of resources.
struct ResourceSet: OptionSet, Sendable {
  let rawValue: Int

  /// Those for clients.
  static let clients = ResourceSet(rawValue: 1)
  /// Those for operators: of the admin port, if there is one.
  static let operators = ResourceSet(rawValue: 2)
  static let all: ResourceSet = [.clients, .operators]
}
