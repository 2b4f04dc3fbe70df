import HTTP1
import UV

/// The address of an etcd cluster, and how to use it.
public struct EtcdConfiguration: Equatable, Sendable {
  /// The client address of one member of the cluster.
  public struct Endpoint: Equatable, Sendable {
    public var host: String
    /// 1…65535.
    public var port: UInt16
    /// Whether it is reached over TLS.
    public var isSecure: Bool

    public init(host: String, port: UInt16, isSecure: Bool = false) {
      self.host = host
      self.port = port
      self.isSecure = isSecure
    }
  }

  /// At least one.
  public var endpoints: [Endpoint]
  /// The prefix of the keys.
  public var prefix = "/idgen/"
  /// The user that requests authenticate as; `nil` if etcd requires none.
  public var user: User?
  /// The files of TLS; used for endpoints that are secure.
  public var tls = ClientTLSConfiguration()
  /// The maximum difference between this host's clock and etcd's when a machine ID is claimed.
  public var clockSkewMilliseconds: Int64 = 10_000

  /// A user of etcd's own authentication.
  public struct User: Equatable, Sendable {
    public var name: String
    /// A file whose first line is the password. It is read each time a token is requested.
    public var passwordFile: String
    /// A file of this size or more is refused.
    static let passwordFileBytes = 4096

    public init(name: String, passwordFile: String) {
      self.name = name
      self.passwordFile = passwordFile
    }
  }

  public init(endpoints: [Endpoint]) { self.endpoints = endpoints }
}

/// The files of a client's TLS, in PEM.
public struct ClientTLSConfiguration: Equatable, Sendable {
  /// The authorities that are trusted; `nil` for those of the system.
  public var authoritiesFile: String?
  /// The client's own certificate with its chain, and the key; `nil` for none.
  public var certificateFile: String?
  public var keyFile: String?

  public init() {}
}

extension EtcdConfiguration.Endpoint: CustomStringConvertible {
  /// As a URI: `http://etcd-1:2379`, `https://[::1]:2379`.
  public var description: String {
    (isSecure ? "https://" : "http://") + SocketAddress.text(host: host, port: port)
  }
}

extension EtcdConfiguration.Endpoint {
  /// `http://host:port` or `https://host:port`, optionally with a slash at the end; a numeric IPv6
  /// address is in brackets.
  package init?(address: Substring) {
    let isSecure = address.hasPrefix("https://")
    guard isSecure || address.hasPrefix("http://") else { return nil }
    var rest = address.dropFirst((isSecure ? "https://" : "http://").count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let colon = rest.lastIndex(of: ":") else { return nil }
    let digits = rest[colon...].dropFirst()
    guard digits.utf8.allSatisfy(\.isDigit), let port = UInt16(digits), port > 0
    else { return nil }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard (1...253).contains(host.utf8.count) else { return nil }
    let isAddress = (try? SocketAddress(numericHost: String(host), port: 0)) != nil
    let isWritten = host.utf8.allSatisfy { HostName.isAllowed($0) || $0 == UInt8(ascii: ":") }
    guard isWritten, isAddress || !host.contains(":") else { return nil }
    self.init(host: String(host), port: port, isSecure: isSecure)
  }
}
