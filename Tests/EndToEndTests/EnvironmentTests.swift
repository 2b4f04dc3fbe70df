import Testing

/// What a wrong environment does: one line that says what is wrong, and nothing is bound.
@Suite struct EnvironmentTests {
  struct BadValue: CustomTestStringConvertible {
    var variable: String
    var value: String?
    var range: String

    var testDescription: String { "\(variable)=\(value.map { "\"\($0)\"" } ?? "(unset)")" }
  }

  static let badValues =
    ["", "abc", "-1", "1024", " 1", "1 ", "1.0", "+1", "0x1", "9223372036854775808"].map {
      BadValue(variable: "MACHINE_ID", value: $0, range: "0 to 1023")
    } + [BadValue(variable: "MACHINE_ID", value: nil, range: "0 to 1023")]
    + ["", "abc", "-1", "65536", " 1", "1 ", "1.0", "+1", "0x1", "9223372036854775808"].map {
      BadValue(variable: "PORT", value: $0, range: "0 to 65535")
    }

  @Test(arguments: badValues) func badValueIsExplained(_ test: BadValue) throws {
    // If it tried to bind before it looked at everything, this port would fail it with status 69.
    let occupant = try RunningServer()
    var environment = ["MACHINE_ID": "1", "PORT": "\(occupant.port)"]
    environment[test.variable] = test.value
    let result = try Tool.idgen(environment: environment)
    #expect(result.exit == .status(64))
    #expect(result.standardOutput == "")
    #expect(result.standardError.split(separator: "\n").count == 1)
    #expect(result.standardError.hasSuffix("\n"))
    let value = test.value.map { $0.isEmpty ? "is empty:" : "is \"\($0)\":" } ?? "is not set:"
    #expect(result.standardError.contains("\(test.variable) \(value)"))
    #expect(result.standardError.contains("whole number from \(test.range) is required"))
  }

  @Test func flagWinsOverEnvironment() throws {
    let server = try RunningServer(
      "serve", "--machine-id", "7", "--port", "0",
      environment: ["MACHINE_ID": "abc", "PORT": "abc"])
    let client = try RawClient(port: server.port)
    try client.send(Request.id)
    #expect(try client.readResponse().body.hasSuffix(#", "machine_id": 7}"#))
  }

  /// Whether that port is free here or not, it is what is asked for.
  @Test func portIs8080UnlessSet() throws {
    let child = try ChildProcess(
      Tool.idgen(), [], environment: ["MACHINE_ID": "1", "HOST": "127.80.80.80"])
    #expect(try child.waitForStandardError(containing: "127.80.80.80:8080"))
  }

  @Test(arguments: [nil, "127.0.0.1", "::1", "localhost"])
  func portInUseIsNamed(host: String?) throws {
    let occupant = try RunningServer()
    let result = try Tool.idgen(
      environment: ["MACHINE_ID": "1", "PORT": "\(occupant.port)"]
        .merging(host.map { ["HOST": $0] } ?? [:]) { $1 })
    #expect(result.exit == .status(69))
    let name = host.map { $0.contains(":") ? "[\($0)]" : $0 } ?? "[::]"
    #expect(
      result.standardError == """
        idgen: cannot listen on \(name):\(occupant.port): \
        address already in use (EADDRINUSE)

        """)
  }

  /// A name that can never be (RFC 6761 §6.4), and an address of no interface (RFC 5737 §3).
  @Test(arguments: ["no-such-host.invalid", "192.0.2.1"])
  func hostThatIsNotHereIsNamed(host: String) throws {
    let result = try Tool.idgen(environment: ["MACHINE_ID": "1", "PORT": "0", "HOST": host])
    #expect(result.exit == .status(69))
    #expect(result.standardError.hasPrefix("idgen: cannot listen on \(host):0: "))
    #expect(result.standardError.split(separator: "\n").count == 1)
  }

  @Test func startLinesSayWhereWhoAndWhatIsGivenUp() throws {
    let server = try RunningServer(environment: ["MACHINE_ID": "5", "HOST": "127.0.0.1"])
    #expect(try server.stop() == .status(0))
    let lines = server.standardError.split(separator: "\n")
    #expect(
      lines[0].hasSuffix(
        " notice [machine 5, process \(server.processID)] listening on "
          + "http://127.0.0.1:\(server.port)"))
    #expect(lines[1].contains(" warning "))
    #expect(lines[1].contains("Set STATE_DIR to a folder"))
  }
}
