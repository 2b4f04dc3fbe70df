public import Reservations
import UV

extension StoreConfiguration {
  /// The store that the settings select, for a command that requires one.
  public static func required(
    flags: [Setting: String], environment: (String) -> String?
  ) throws(ConfigurationError) -> StoreConfiguration {
    guard let store = try StoreConfiguration(flags: flags, environment: environment) else {
      throw ConfigurationError(
        "neither STATE_DIR nor ETCD_ENDPOINTS is set: one of them is required, as the servers have it"
      )
    }
    return store
  }

  /// The store that the settings select, `nil` if they select none.
  init?(flags: [Setting: String], environment: (String) -> String?) throws(ConfigurationError) {
    func value(_ setting: Setting) -> SettingValue? {
      SettingValue(setting, flags: flags, environment: environment)
    }
    let directory = try value(.stateDirectory)?.nonEmpty("a folder")
    let clockSkew = try value(.clockSkew)?.integer(in: 0...86_400_000)
    guard let endpoints = value(.etcdEndpoints) else {
      for setting in [Setting.etcdPrefix, .etcdUsername, .etcdPasswordFile, .clockSkew] {
        if let name = value(setting)?.name {
          throw ConfigurationError("\(name) is set, and ETCD_ENDPOINTS is not")
        }
      }
      guard let directory else { return nil }
      self = .file(directory: directory)
      return
    }
    guard directory == nil else {
      throw ConfigurationError(
        "STATE_DIR and \(endpoints.name) are both set: time is reserved in one place alone")
    }
    var etcd = EtcdConfiguration(endpoints: try endpoints.endpoints())
    if let prefix = value(.etcdPrefix) { etcd.prefix = try prefix.etcdPrefix() }
    if let clockSkew { etcd.clockSkewMilliseconds = Int64(clockSkew) }
    switch (value(.etcdUsername), value(.etcdPasswordFile)) {
    case (nil, nil): break
    case (let name?, let file?):
      etcd.user = EtcdConfiguration.User(
        name: try name.nonEmpty("the name of a user"), passwordFile: try file.nonEmpty("a file"))
    case (let one?, nil), (nil, let one?):
      throw ConfigurationError(
        "\(one.name) is set alone: ETCD_USERNAME and ETCD_PASSWORD_FILE belong together")
    }
    self = .etcd(etcd)
  }
}

extension SettingValue {
  /// The value as addresses with commas between them, each `http://host:port`.
  fileprivate func endpoints() throws(ConfigurationError) -> [EtcdConfiguration.Endpoint] {
    var endpoints: [EtcdConfiguration.Endpoint] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let address = part.trimmingSpaces
      guard !address.contains("@") else {
        throw ConfigurationError(
          "\(name) names a user: ETCD_USERNAME and ETCD_PASSWORD_FILE are for that")
      }
      if address.lowercased().hasPrefix("https://") {
        throw ConfigurationError(
          "\(name) names \(String(address).quoted): etcd over TLS is not supported yet, only "
            + "http://host:port")
      }
      guard let endpoint = EtcdConfiguration.Endpoint(address: address) else {
        throw ConfigurationError(
          "\(name) is \(text.quoted): addresses such as http://etcd-1:2379 with commas between them "
            + "are required")
      }
      endpoints.append(endpoint)
    }
    return endpoints
  }

  /// The value as a prefix of keys: 1 to 256 printable ASCII characters without spaces.
  fileprivate func etcdPrefix() throws(ConfigurationError) -> String {
    guard (1...256).contains(text.utf8.count), text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw ConfigurationError(
        "\(name) is \(text.quoted): 1 to 256 printable ASCII characters without spaces are "
          + "required, such as /idgen/")
    }
    return text
  }
}

extension EtcdConfiguration.Endpoint {
  /// `http://host:port`, optionally with a slash at the end; a numeric IPv6 address is in brackets.
  fileprivate init?(address: Substring) {
    guard address.hasPrefix("http://") else { return nil }
    var rest = address.dropFirst("http://".count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let colon = rest.lastIndex(of: ":"),
      let port = try? SettingValue(name: "", text: String(rest[rest.index(after: colon)...]))
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
    self.init(host: String(host), port: UInt16(port))
  }
}

extension Substring {
  /// Without leading and trailing spaces.
  fileprivate var trimmingSpaces: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
