import API
import Reservations
import Testing

@testable import IDServer
@testable import Settings

/// Where time is reserved, and how.
@Suite struct StoreSettingTests {
  static let etcdSettings: [String: String] = ["ETCD_ENDPOINTS": "http://etcd:2379"]

  private func etcd(_ settings: [String: String] = [:]) throws -> EtcdConfiguration {
    let all = Self.etcdSettings.merging(settings) { $1 }
    let store = try configuration(environment: all).ids.store
    #expect(try configuration(flags: all).ids.store == store)
    guard case .etcd(let etcd) = store else { throw ConfigurationError("no etcd") }
    return etcd
  }

  private func expectRefusal(_ settings: [String: String], _ message: String) {
    #expect(throws: ConfigurationError(message)) { try configuration(environment: settings) }
  }

  // MARK: - Endpoints

  @Test(arguments: [
    ("http://etcd:2379", ["http://etcd:2379"]),
    ("http://a:1,http://b-2.c_d:65535", ["http://a:1", "http://b-2.c_d:65535"]),
    ("http://a:1, http://b:2", ["http://a:1", "http://b:2"]),
    (" http://a:1 ,http://b:2 ", ["http://a:1", "http://b:2"]),
    ("https://etcd:2379", ["https://etcd:2379"]),
    ("http://a:1, https://[::1]:2/", ["http://a:1", "https://[::1]:2"]),
    ("http://127.0.0.1:2379/", ["http://127.0.0.1:2379"]),
    ("http://[::1]:2379", ["http://[::1]:2379"]),
    ("http://[fe80::1:2]:02379/", ["http://[fe80::1:2]:2379"]),
  ])
  func endpoints(_ text: String, _ expected: [String]) throws {
    #expect(try etcd(["ETCD_ENDPOINTS": text]).endpoints.map(\.description) == expected)
  }

  @Test(arguments: [
    ",", "etcd:2379", "http://", "http://etcd", "http://etcd:", "http://:2379", "http://etcd:0",
    "http://etcd:65536", "http://etcd:+1", "http://etcd:2379/v3", "http://etcd:2379//",
    "http://et cd:2379", "http://a:1,", "http://a:1,,http://b:2",
    "http://::1:2379", "http://[etcd]:2379", "http://[:::]:2379",
    "http://\(String(repeating: "a", count: 254)):2379", "http://[]:2379", "HTTP://etcd:2379",
    "ftp://etcd:2379",
    "http://a:1;http://b:2", "http://a:1 http://b:2", "http://\u{E9}:2379",
  ])
  func badEndpoints(_ text: String) {
    expectRefusal(
      ["ETCD_ENDPOINTS": text],
      "ETCD_ENDPOINTS is \(text.quoted): addresses such as http://etcd-1:2379 with commas between "
        + "them are required")
  }

  /// What could be a password is not shown.
  @Test func endpointWithAUser() {
    expectRefusal(
      ["ETCD_ENDPOINTS": "http://user:secret@etcd:2379"],
      "ETCD_ENDPOINTS names a user: ETCD_USERNAME and ETCD_PASSWORD_FILE are for that")
  }

  /// Files of TLS would have no effect on connections without it.
  @Test func filesNeedAnEncryptedEndpoint() throws {
    let message = "is set, but no address in ETCD_ENDPOINTS begins with https://"
    expectRefusal(
      Self.etcdSettings.merging(["ETCD_CA_FILE": "/ca"]) { $1 }, "ETCD_CA_FILE \(message)")
    expectRefusal(
      Self.etcdSettings.merging(["ETCD_CERTIFICATE_FILE": "/c", "ETCD_KEY_FILE": "/k"]) { $1 },
      "ETCD_CERTIFICATE_FILE \(message)")
    let files = try etcd([
      "ETCD_ENDPOINTS": "http://a:1, https://b:2", "ETCD_CA_FILE": "/ca",
      "ETCD_CERTIFICATE_FILE": "/c", "ETCD_KEY_FILE": "/k",
    ]).tls
    #expect(files.authoritiesFile == "/ca")
    #expect(files.certificateFile == "/c")
    #expect(files.keyFile == "/k")
  }

  // MARK: - One store

  @Test func oneStoreAlone() {
    let message = "are both set: one store is allowed"
    expectRefusal(
      Self.etcdSettings.merging(["STATE_DIR": "/state"]) { $1 },
      "STATE_DIR and ETCD_ENDPOINTS \(message)")
    #expect(throws: ConfigurationError("STATE_DIR and --etcd-endpoints \(message)")) {
      try configuration(flags: Self.etcdSettings, environment: ["STATE_DIR": "/state"])
    }
  }

  @Test(
    arguments: ["ETCD_PREFIX", "ETCD_USERNAME", "ETCD_PASSWORD_FILE"],
    [[], ["STATE_DIR"]] as [[String]])
  func whatIsForEtcdNeedsEtcd(_ setting: String, _ others: [String]) {
    var settings = [setting: "/a"]
    for other in others { settings[other] = "/state" }
    expectRefusal(settings, "\(setting) has no effect without ETCD_ENDPOINTS: set both or neither")
    #expect(
      throws: ConfigurationError(
        "\(flag(setting)) has no effect without ETCD_ENDPOINTS: set both or neither")
    ) {
      try configuration(flags: settings)
    }
  }

  @Test(arguments: ["STATE_DIR", "ETCD_ENDPOINTS"])
  func autoTakesEither(_ setting: String) throws {
    let settings: [String: String] = ["MACHINE_ID": "auto", setting: "http://etcd:2379"]
    #expect(try configuration(environment: settings).ids.machineIDs == 0...1023)
  }

  /// What lists a store cannot do without one.
  @Test func aCommandThatNeedsAStoreSaysSo() throws {
    let message =
      "set STATE_DIR or ETCD_ENDPOINTS as the servers do: `machines` lists what is in their store"
    func store(_ environment: [String: String]) throws -> StoreConfiguration {
      try SettingValues(SettingGroup.store.settings, flags: [:]) { environment[$0] }.requiredStore()
    }
    #expect(throws: ConfigurationError(message)) { try store([:]) }
    #expect(try store(["STATE_DIR": "/a"]) == .file(directory: "/a"))
  }

  // MARK: - etcd's

  @Test func defaults() throws {
    let etcd = try etcd()
    #expect(etcd.prefix == "/idgen/")
    #expect(etcd.user == nil)
    #expect(etcd.clockSkewMilliseconds == 10_000)
    #expect(try configuration(environment: Self.etcdSettings).ids.leaseWindowMilliseconds == nil)
  }

  @Test(arguments: ["/", "a", "/idgen/eu-1/", String(repeating: "~", count: 256)])
  func prefix(_ text: String) throws {
    #expect(try etcd(["ETCD_PREFIX": text]).prefix == text)
  }

  @Test(arguments: [" ", "/a b/", "/\t", "/\u{E9}/", String(repeating: "a", count: 257)])
  func badPrefix(_ text: String) {
    expectRefusal(
      Self.etcdSettings.merging(["ETCD_PREFIX": text]) { $1 },
      "ETCD_PREFIX is \(text.quoted): 1 to 256 printable ASCII characters without spaces are "
        + "required, such as /idgen/")
  }

  @Test func user() throws {
    #expect(
      try etcd(["ETCD_USERNAME": "idgen", "ETCD_PASSWORD_FILE": "/run/secrets/etcd"]).user
        == EtcdConfiguration.User(name: "idgen", passwordFile: "/run/secrets/etcd"))
  }

  @Test(
    arguments: [
      (
        ["u", nil],
        "ETCD_USERNAME has no effect without ETCD_PASSWORD_FILE: set both or neither"
      ),
      (
        [nil, "f"],
        "ETCD_PASSWORD_FILE has no effect without ETCD_USERNAME: set both or neither"
      ),
      (["", "f"], "ETCD_USERNAME is empty: a user is required"),
      (["u", ""], "ETCD_PASSWORD_FILE is empty: a file is required"),
    ] as [([String?], String)])
  func badUser(_ values: [String?], _ message: String) {
    var settings = Self.etcdSettings
    settings["ETCD_USERNAME"] = values[0]
    settings["ETCD_PASSWORD_FILE"] = values[1]
    expectRefusal(settings, message)
  }

  // MARK: - Numbers

  /// A window is of any store, also where there is none.
  @Test(arguments: ["1000", "3600000"], [nil, "/state"])
  func window(_ text: String, _ directory: String?) throws {
    var settings: [String: String] = ["RESERVATION_MS": text]
    settings["STATE_DIR"] = directory
    #expect(try configuration(environment: settings).ids.leaseWindowMilliseconds == Int64(text))
  }

  @Test(arguments: ["0", "86400000"]) func clockSkew(_ text: String) throws {
    #expect(try etcd(["CLOCK_SKEW_MS": text]).clockSkewMilliseconds == Int64(text))
  }

  /// Also where it has no effect.
  @Test(
    arguments: [
      ("RESERVATION_MS", 1000...3_600_000), ("CLOCK_SKEW_MS", 0...86_400_000),
    ], [[:], ["STATE_DIR": "/state"], etcdSettings])
  func badNumber(_ number: (setting: String, range: ClosedRange<Int>), _ store: [String: String]) {
    let (setting, range) = number
    var bad = ConfigurationTests.malformed + ["\(range.upperBound + 1)"]
    if range.lowerBound > 0 { bad.append("\(range.lowerBound - 1)") }
    for text in bad {
      expectRefusal(
        store.merging([setting: text]) { $1 },
        "\(setting) is " + (text.isEmpty ? "empty" : "\"\(text)\"")
          + ": a whole number from \(range.lowerBound) to "
          + "\(range.upperBound) is required")
    }
  }
}
