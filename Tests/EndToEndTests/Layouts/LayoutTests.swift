import Foundation
import Testing

/// The real program with each layout.
@Suite struct LayoutTests {
  struct Layout: Sendable, CustomTestStringConvertible {
    let name: String
    let epoch: UInt64
    var unit: UInt64 = 1
    var timestampShift: UInt64 = 22
    var machineShift: UInt64 = 12
    var maximumMachineID: UInt64 = 1023
    /// The difference between an ID and the next.
    var step: UInt64 = 1

    var testDescription: String { name }

    /// The first ID of a machine at a time in milliseconds since 1970.
    func id(at time: UInt64, _ machineID: UInt64) -> UInt64 {
      ((time - epoch) / unit) << timestampShift | machineID << machineShift
    }
  }

  static let layouts = [
    Layout(name: "default", epoch: 1_704_067_200_000),
    Layout(name: "twitter", epoch: 1_288_834_974_657),
    Layout(name: "discord", epoch: 1_420_070_400_000),
    Layout(
      name: "sonyflake", epoch: 1_409_529_600_000, unit: 10, timestampShift: 24, machineShift: 0,
      maximumMachineID: 65_535, step: 65_536),
    Layout(
      name: "sonyflake2", epoch: 1_735_689_600_000, unit: 10, timestampShift: 24, machineShift: 0,
      maximumMachineID: 65_535, step: 65_536),
    Layout(name: "tsid", epoch: 1_577_836_800_000),
    Layout(
      name: "javascript", epoch: 1_704_067_200_000, timestampShift: 12, machineShift: 6,
      maximumMachineID: 63),
    Layout(
      name: "40/4/10", epoch: 1_704_067_200_000, timestampShift: 14, machineShift: 10,
      maximumMachineID: 15),
  ]

  /// `/id`, `/ids` and `/decode` at a moment that is known, on the least and the greatest machine.
  @Test(.setsClock, arguments: layouts) func idsHaveTheLayout(_ layout: Layout) throws {
    let (time, text) = (1_769_689_174_000 as UInt64, "2026-01-29T12:19:34.000Z")
    for machineID in [0, layout.maximumMachineID] {
      let clock = try FakeClock("2026-01-29 12:19:34")
      let server = try RunningServer(
        environment: clock.environment.merging([
          "ID_LAYOUT": layout.name, "MACHINE_ID": "\(machineID)",
        ]) { $1 })
      func body(_ path: String) throws -> String {
        try server.response(to: Request.get(path)).body
      }
      let first = layout.id(at: time, machineID)
      let ids = (0..<4).map { first + $0 * layout.step }
      #expect(try body("/id") == "{\"id\": \(first), \"machine_id\": \(machineID)}")
      let batch = ids.dropFirst().map(String.init).joined(separator: ", ")
      #expect(try body("/ids?count=3") == "{\"ids\": [\(batch)], \"machine_id\": \(machineID)}")
      for (sequence, id) in ids.enumerated() {
        let parts = try body("/decode/\(id)")
        #expect(
          parts == """
            {"id": \(id), "timestamp_ms": \(time - layout.epoch), "timestamp": "\(text)", \
            "machine_id": \(machineID), "sequence": \(sequence)}
            """)
        let decoded = try Tool.idgen("decode", "--json", "--id-layout", layout.name, "\(id)")
        #expect(decoded.standardOutput == parts + "\n")
      }
      #expect(try server.stop() == .status(0))
    }
  }

  /// An epoch of the user's own.
  @Test(.setsClock) func idsHaveTheEpoch() throws {
    let clock = try FakeClock("2026-01-29 12:19:34")
    let server = try RunningServer(
      environment: clock.environment.merging([
        "ID_LAYOUT": "javascript", "ID_EPOCH": "2026-01-29T13:19:33+01:00",
      ]) { $1 })
    #expect(try server.id() == 1000 << 12 | 1 << 6)
  }

  @Test(arguments: layouts) func aMachineIDAboveTheLayoutIsRefused(_ layout: Layout) throws {
    let machineID = layout.maximumMachineID + 1
    let result = try Tool.idgen(
      environment: ["ID_LAYOUT": layout.name, "MACHINE_ID": "\(machineID)", "PORT": "0"])
    #expect(result.exit == .status(64))
    let reason = layout.name == "default" ? "" : " (ID_LAYOUT=\(layout.name))"
    #expect(
      result.standardError
        == "idgen: MACHINE_ID is \"\(machineID)\": a whole number from 0 to "
        + "\(layout.maximumMachineID) is required\(reason), or auto\n")
  }

  // MARK: - JavaScript

  /// `JSON.parse` reads every ID as it is, also in the last second of the layout.
  @Test(.setsClock, arguments: ["2026-01-29 12:19:34", "2093-09-06 15:47:35"])
  func javascriptIDsAreExactInJavaScript(_ time: String) throws {
    let clock = try FakeClock(time)
    let server = try RunningServer(
      environment: clock.environment.merging(["ID_LAYOUT": "javascript", "MACHINE_ID": "63"]) {
        $1
      })
    let body = try server.response(to: Request.get("/ids?count=64")).body
    let ids = body.matches(of: #/\d+(?=[,\]])/#).map { String($0.output) }
    #expect(ids.count == 64)
    #expect(ids.compactMap { UInt64($0) }.allSatisfy { $0 < 1 << 53 })
    let node = try Tool.run(
      "node", ["-e", "for (const id of JSON.parse(process.argv[1]).ids) console.log(id)", body],
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
    #expect(node.standardOutput == ids.map { "\($0)\n" }.joined())
  }

  // MARK: - Sonyflake

  /// Its machine IDs are the lowest bits: batches of two machines lie between each other's IDs.
  @Test func sonyflakeIDsAreAscendingAndUnique() throws {
    let servers = try ["258", "65535"].map {
      try RunningServer(environment: ["ID_LAYOUT": "sonyflake", "MACHINE_ID": $0])
    }
    let clients = try servers.map { try RawClient(port: $0.port) }
    for client in clients {
      try client.send(String(repeating: Request.get("/ids?count=1000"), count: 4))
    }
    var all: [UInt64] = []
    for (client, machineID) in zip(clients, [258, 65_535] as [UInt64]) {
      let ids = try (0..<4).flatMap { _ in
        try client.readResponse().body.matches(of: #/\d+(?=[,\]])/#).compactMap {
          UInt64($0.output)
        }
      }
      #expect(ids.count == 4000)
      #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
      #expect(ids.allSatisfy { $0 & 0xFFFF == machineID })
      all += ids
    }
    #expect(Set(all).count == 8000)
  }

  // MARK: - The store

  /// What a state folder was made for stays: another layout or epoch could make the same IDs.
  @Test(arguments: [
    (["ID_LAYOUT": "javascript"], "javascript (41/6/6 since 2024-01-01T00:00:00.000Z)"),
    (
      ["ID_LAYOUT": "sonyflake"],
      "sonyflake (39 of 10 ms/8 sequence/16 machine since 2014-09-01T00:00:00.000Z)"
    ),
    (["ID_EPOCH": "2025-01-01"], "41/10/12 since 2025-01-01T00:00:00.000Z"),
  ])
  func aStateFolderOfAnotherLayoutIsRefused(
    _ settings: [String: String], _ layout: String
  ) throws {
    let state = try StateFolder()
    let server = try RunningServer(environment: state.environment)
    #expect(try server.stop() == .status(0))
    let record = try Data(contentsOf: URL(fileURLWithPath: state.file(1)))
    let environment = state.environment.merging(["MACHINE_ID": "1", "PORT": "0"]) { $1 }
      .merging(settings) { $1 }
    for command in ["serve", "generate"] {
      let result = try Tool.idgen(command, environment: environment)
      #expect(result.exit == .status(74))
      #expect(result.standardOutput == "")
      let line = try #require(result.standardError.split(separator: "\n").last)
      #expect(
        line.hasPrefix(
          "idgen: \(state.file(1)) is of the layout default (41/10/12 since "
            + "2024-01-01T00:00:00.000Z), and this process makes IDs of the layout \(layout): "))
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: state.file(1))) == record)
  }

  // MARK: - The sequence's start

  /// Single IDs a second apart: with `carried`, their low four bits go round.
  @Test(.setsClock, arguments: [("zero", 0), ("carried", 1)] as [(String, UInt64)])
  func lowBitsAtALowRate(_ start: String, _ step: UInt64) throws {
    let clock = try FakeClock("2026-01-29 12:19:00")
    let server = try RunningServer(
      environment: clock.environment.merging(["SEQUENCE_START": start]) { $1 })
    var lowBits: [UInt64] = []
    for second in 10..<30 {
      try clock.set("2026-01-29 12:19:\(second)")
      lowBits.append(try #require(try server.id()) & 0xFFF)
    }
    #expect(lowBits == (0..<20).map { (lowBits[0] + $0 * step) % 16 })
  }
}
