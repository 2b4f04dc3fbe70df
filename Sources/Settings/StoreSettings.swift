import API
import IDServer
import Reservations

/// The settings that select the store, each checked by itself.
struct StoreSettings: Sendable {
  var directory: Given<String>?
  var etcdEndpoints: Given<[EtcdConfiguration.Endpoint]>?
  /// The endpoints and the user are not set yet.
  var etcd = EtcdConfiguration(endpoints: [])
  var etcdUsername: String?
  var etcdPasswordFile: String?

  /// Whether a store is selected.
  var isGiven: Bool { directory != nil || etcdEndpoints != nil }

  /// The store, `nil` if none is selected.
  func configuration() throws(ConfigurationError) -> StoreConfiguration? {
    guard let etcdEndpoints else { return directory.map { .file(directory: $0.value) } }
    if let directory {
      throw ConfigurationError(
        "\(directory.name) and \(etcdEndpoints.name) are both set: one store is allowed")
    }
    var etcd = etcd
    etcd.endpoints = etcdEndpoints.value
    try checkFiles(of: etcd)
    if let etcdUsername, let etcdPasswordFile {
      etcd.user = EtcdConfiguration.User(name: etcdUsername, passwordFile: etcdPasswordFile)
    }
    return .etcd(etcd)
  }

  private func checkFiles(of etcd: EtcdConfiguration) throws(ConfigurationError) {
    guard !etcd.endpoints.contains(where: \.isSecure) else { return }
    let files = [
      ("ETCD_CA_FILE", etcd.tls.authoritiesFile),
      ("ETCD_CERTIFICATE_FILE", etcd.tls.certificateFile),
    ]
    for (name, file) in files where file != nil {
      throw ConfigurationError(
        "\(name) is set, but no address in ETCD_ENDPOINTS begins with https://")
    }
  }
}

extension SettingType where Value == [EtcdConfiguration.Endpoint] {
  /// Addresses with commas between them, each `http://host:port` or `https://host:port`.
  static var etcdEndpoints: Self {
    Self(allowed: "http(s)://host:port,…") { text throws(ConfigurationError) in
      var endpoints: [EtcdConfiguration.Endpoint] = []
      for part in text.value.split(separator: ",", omittingEmptySubsequences: false) {
        let address = part.trimmingSpaces
        guard !address.contains("@") else {
          throw ConfigurationError(
            "\(text.name) names a user: ETCD_USERNAME and ETCD_PASSWORD_FILE are for that")
        }
        guard let endpoint = EtcdConfiguration.Endpoint(address: address) else {
          throw text.error(
            required: "addresses such as http://etcd-1:2379 with commas between them are required")
        }
        endpoints.append(endpoint)
      }
      return endpoints
    } format: {
      $0.map { "\($0)" }.joined(separator: ",")
    }
  }
}

extension SettingType where Value == String {
  /// A prefix of keys: 1 to 256 printable ASCII characters without spaces.
  static var etcdPrefix: Self {
    Self(allowed: "prefix") { text throws(ConfigurationError) in
      guard (1...256).contains(text.value.utf8.count),
        text.value.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
      else {
        throw text.error(
          required: "1 to 256 printable ASCII characters without spaces are required, such as "
            + "/idgen/")
      }
      return text.value
    } format: {
      $0
    }
  }
}
