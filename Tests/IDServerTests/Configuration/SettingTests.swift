import Testing

@testable import IDServer

struct SettingTests {
  @Test(arguments: [
    (Setting.machineID, "MACHINE_ID", "--machine-id"), (.port, "PORT", "--port"),
    (.headTimeout, "HEAD_TIMEOUT_MS", "--head-timeout-ms"),
  ])
  func names(_ setting: Setting, _ variable: String, _ flag: String) {
    #expect(setting.variable == variable)
    #expect(setting.flag == flag)
  }

  @Test(arguments: Setting.allCases)
  func namesAreConventional(_ setting: Setting) throws {
    #expect(try #/[A-Z]+(_[A-Z]+)*/#.wholeMatch(in: setting.variable) != nil)
    #expect(try #/--[a-z]+(-[a-z]+)*/#.wholeMatch(in: setting.flag) != nil)
  }

  /// Even an empty flag counts: it was given.
  @Test(arguments: [("1", "2", "--port", "1"), ("", "2", "--port", ""), (nil, "2", "PORT", "2")])
  func flagsWin(_ flag: String?, _ variable: String, _ name: String, _ text: String) throws {
    let value = try #require(
      SettingValue(
        .port, flags: flag.map { [.port: $0] } ?? [:],
        environment: { $0 == "PORT" ? variable : nil }))
    #expect(value.name == name)
    #expect(value.text == text)
  }

  @Test func absence() {
    #expect(SettingValue(.port, flags: [.host: "x"], environment: { _ in nil }) == nil)
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
      try SettingValue(name: "PORT", text: text).integer(in: 0...1)
    }
  }
}
