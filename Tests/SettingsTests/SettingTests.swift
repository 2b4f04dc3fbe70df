import Reservations
import Testing
import UV

@testable import IDServer
@testable import Settings

struct SettingTests {
  static let all = (SettingGroup.serve + [.count, .output, .server]).flatMap(\.settings)

  /// The flag follows from the variable.
  @Test(arguments: all) func names(_ setting: Setting) throws {
    #expect(try #/--[a-z]+(-[a-z]+)*/#.wholeMatch(in: setting.flag) != nil)
    guard let variable = setting.variable else { return }
    #expect(try #/[A-Z]+(_[A-Z]+)*/#.wholeMatch(in: variable) != nil)
    #expect(setting.flag == flag(variable))
  }

  /// The help says what each is, in sentences, and which value applies if none is given.
  @Test(arguments: all) func isExplained(_ setting: Setting) {
    #expect(setting.help.count > 10 && setting.help.hasSuffix("."))
    #expect(!setting.allowed.isEmpty)
    #expect(!setting.defaultText.isEmpty)
  }

  /// Each default that the help shows is one that can be given, and changes nothing.
  @Test(arguments: SettingGroup.serve.flatMap(\.settings))
  func defaults(_ setting: Setting) throws {
    let words = ["required", "none", "all, IPv6 and IPv4", "the layout's"]
    guard let variable = setting.variable, !words.contains(setting.defaultText),
      !variable.hasPrefix("ETCD_"), variable != "CLOCK_SKEW_MS", variable != "RESERVATION_MS"
    else { return }
    let given = try configuration(environment: [variable: setting.defaultText])
    #expect("\(given)" == "\(try configuration())")
  }

  /// The defaults that belong to a store.
  @Test func defaultsOfStores() throws {
    let etcd = "http://etcd:2379"
    func description(_ environment: [String: String]) throws -> String {
      "\(try configuration(environment: environment.merging(["ETCD_ENDPOINTS": etcd]) { $1 }))"
    }
    for setting in Self.all {
      guard let variable = setting.variable, ["ETCD_PREFIX", "CLOCK_SKEW_MS"].contains(variable)
      else { continue }
      #expect(try description([variable: setting.defaultText]) == description([:]))
    }
    let loop = try Loop()
    let endpoint = EtcdConfiguration.Endpoint(host: "::1", port: 1)
    let stores = [
      StoreConfiguration.file(directory: "/"), .etcd(EtcdConfiguration(endpoints: [endpoint])),
    ]
    let windows = try stores.map {
      try $0.open(on: loop, security: nil).policy.leaseWindowMilliseconds
    }
    let reservation = Self.all.first { $0.variable == "RESERVATION_MS" }
    #expect(reservation?.defaultText == "\(windows[0]) ms, with etcd \(windows[1]) ms")
  }

  private static let port = Setting("PORT", .number(0...9), to: \.port, "A port.")

  /// Even an empty flag counts: it was given.
  @Test(arguments: [("1", "2", "--port", "1"), ("", "2", "--port", ""), (nil, "2", "PORT", "2")])
  func flagsWin(_ flag: String?, _ variable: String, _ name: String, _ text: String) throws {
    let value = try #require(
      SettingText(
        Self.port, flags: flag.map { ["--port": $0] } ?? [:],
        environment: { $0 == "PORT" ? variable : nil }))
    #expect(value.name == name)
    #expect(value.value == text)
  }

  @Test func absence() {
    #expect(SettingText(Self.port, flags: ["--host": "x"], environment: { _ in nil }) == nil)
  }

  /// One line of bearable length, whatever the environment holds.
  @Test(arguments: [
    ("a\nb", #""a\u000ab""#), ("\u{1B}[31m", #""\u001b[31m""#), ("a\"b\\", #""a\"b\\""#),
    (String(repeating: "a", count: 65), "\"" + String(repeating: "a", count: 64) + "…\""),
    (
      "e" + String(repeating: "\u{301}", count: 99),
      "\"e" + String(repeating: "\u{301}", count: 63) + "…\""
    ),
  ])
  func valueInAMessage(_ text: String, _ quoted: String) {
    let message = "PORT is \(quoted): a whole number from 0 to 1 is required"
    #expect(throws: ConfigurationError(message)) {
      _ = try SettingType<Int>.number(0...1).parse(SettingText(name: "PORT", value: text))
    }
  }
}
