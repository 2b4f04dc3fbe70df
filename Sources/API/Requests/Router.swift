/// What one port serves.
package final class Router {
  let resources: ResourceSet
  /// Of this port alone: on another port, the same bytes can get another response.
  let memo = RequestMemo()

  init(_ resources: ResourceSet) { self.resources = resources }
}

/// A set of resources.
struct ResourceSet: OptionSet, Sendable {
  let rawValue: Int

  /// Those for clients.
  static let clients = ResourceSet(rawValue: 1)
  /// Those for operators: of `ADMIN_PORT`, if it is set.
  static let operators = ResourceSet(rawValue: 2)
  static let all: ResourceSet = [.clients, .operators]
}
