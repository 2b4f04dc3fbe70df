import UV

/// Where an etcd is, and how it is used.
public struct EtcdConfiguration: Equatable, Sendable {
  /// One member of the cluster, by its client address.
  public struct Endpoint: Equatable, Sendable {
    public var host: String
    /// 1…65535.
    public var port: UInt16

    public init(host: String, port: UInt16) {
      self.host = host
      self.port = port
    }
  }

  /// At least one.
  public var endpoints: [Endpoint]
  /// What the keys begin with.
  public var prefix = "/idgen/"
  /// As whom requests are made; `nil` if etcd asks for nobody.
  public var user: User?
  /// How far the clocks of this host and of etcd's may be apart when a machine ID is claimed.
  public var clockSkewMilliseconds: Int64 = 10_000

  /// A user of etcd's own authentication.
  public struct User: Equatable, Sendable {
    public var name: String
    /// Its first line is the password. Read anew each time a token is asked for.
    public var passwordFile: String
    /// One that is as long, or longer, is refused.
    static let passwordFileBytes = 4096

    public init(name: String, passwordFile: String) {
      self.name = name
      self.passwordFile = passwordFile
    }
  }

  public init(endpoints: [Endpoint]) { self.endpoints = endpoints }
}

extension EtcdConfiguration.Endpoint: CustomStringConvertible {
  /// As in a URI: `etcd-1:2379`, `[::1]:2379`.
  public var description: String { SocketAddress.text(host: host, port: port) }
}
