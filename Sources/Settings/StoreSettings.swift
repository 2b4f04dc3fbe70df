import API
import IDServer
import Reservations
import UV

/// The settings that select the store, each checked by itself.
struct StoreSettings: Sendable {
  var directory: Given<String>?
  var etcdEndpoints: Given<[EtcdConfiguration.Endpoint]>?
  var etcdPrefix: Given<String>?
  var etcdUsername: Given<String>?
  var etcdPasswordFile: Given<String>?
  var clockSkewMilliseconds: Given<Int64>?

  /// The defaults of the settings for etcd.
  static let etcdDefaults = EtcdConfiguration(endpoints: [])

  /// Whether a store is selected.
  var isGiven: Bool { directory != nil || etcdEndpoints != nil }

  /// The store, `nil` if none is selected.
  func configuration() throws(ConfigurationError) -> StoreConfiguration? {
    guard let etcdEndpoints else {
      let forEtcd = [
        etcdPrefix?.name, etcdUsername?.name, etcdPasswordFile?.name, clockSkewMilliseconds?.name,
      ]
      if let name = forEtcd.compactMap(\.self).first {
        throw ConfigurationError("\(name) is set, and ETCD_ENDPOINTS is not")
      }
      return directory.map { .file(directory: $0.value) }
    }
    if let directory {
      throw ConfigurationError(
        "\(directory.name) and \(etcdEndpoints.name) are both set: one store is allowed")
    }
    var etcd = EtcdConfiguration(endpoints: etcdEndpoints.value)
    if let etcdPrefix { etcd.prefix = etcdPrefix.value }
    if let clockSkewMilliseconds { etcd.clockSkewMilliseconds = clockSkewMilliseconds.value }
    switch (etcdUsername, etcdPasswordFile) {
    case (nil, nil): break
    case (let name?, let file?):
      etcd.user = EtcdConfiguration.User(name: name.value, passwordFile: file.value)
    case (let one?, nil), (nil, let one?):
      throw ConfigurationError(
        "\(one.name) is set alone: ETCD_USERNAME and ETCD_PASSWORD_FILE belong together")
    }
    return .etcd(etcd)
  }
}

extension SettingType where Value == [EtcdConfiguration.Endpoint] {
  /// Addresses with commas between them, each `http://host:port`.
  static var etcdEndpoints: Self {
    Self(allowed: "http://host:port,…") { text throws(ConfigurationError) in
      var endpoints: [EtcdConfiguration.Endpoint] = []
      for part in text.text.split(separator: ",", omittingEmptySubsequences: false) {
        let address = part.trimmingSpaces
        guard !address.contains("@") else {
          throw ConfigurationError(
            "\(text.name) names a user: ETCD_USERNAME and ETCD_PASSWORD_FILE are for that")
        }
        if address.lowercased().hasPrefix("https://") {
          throw ConfigurationError(
            "\(text.name) names \(String(address).quoted): etcd over TLS is not supported yet, "
              + "only http://host:port")
        }
        guard let endpoint = EtcdConfiguration.Endpoint(address: address) else {
          throw text.error(
            required: "addresses such as http://etcd-1:2379 with commas between them are required")
        }
        endpoints.append(endpoint)
      }
      return endpoints
    } text: {
      $0.map { "http://\($0)" }.joined(separator: ",")
    }
  }
}

extension SettingType where Value == String {
  /// A prefix of keys: 1 to 256 printable ASCII characters without spaces.
  static var etcdPrefix: Self {
    Self(allowed: "prefix") { text throws(ConfigurationError) in
      guard (1...256).contains(text.text.utf8.count),
        text.text.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
      else {
        throw text.error(
          required: "1 to 256 printable ASCII characters without spaces are required, such as "
            + "/idgen/")
      }
      return text.text
    } text: {
      $0
    }
  }
}

extension EtcdConfiguration.Endpoint {
  /// `http://host:port`, optionally with a slash at the end; a numeric IPv6 address is in brackets.
  fileprivate init?(address: Substring) {
    guard address.hasPrefix("http://") else { return nil }
    var rest = address.dropFirst("http://".count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let colon = rest.lastIndex(of: ":"),
      let port: UInt16 = SettingText(name: "", text: String(rest[rest.index(after: colon)...]))
        .integer(in: 1...65_535)
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
    self.init(host: String(host), port: port)
  }
}
