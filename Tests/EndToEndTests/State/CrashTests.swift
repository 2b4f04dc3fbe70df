import Foundation
import Testing

/// The program under load, killed again and again with one state directory, while its clock is set.
@Suite(.serialized) struct CrashTests {
  /// `scripts/crash-test` sets it.
  private static let wantedCount =
    ProcessInfo.processInfo.environment["CRASH_RESTARTS"].flatMap { Int($0) }

  /// With layouts that differ in the fields, the order and the unit.
  @Test(.setsClock, arguments: ["default", "javascript", "sonyflake"])
  func everyIDIsReceivedOnce(_ layout: String) throws {
    // Every fifth process is stopped cleanly.
    let count = Self.wantedCount.map { max(1, $0 / 3) } ?? 5
    try restart(count, layout: layout, setsClock: true) { $0 % 5 == 0 ? SIGTERM : SIGKILL }
  }

  /// The same with a correct clock, for hosts on which a test cannot set it.
  @Test func everyIDIsReceivedOnceWithACorrectClock() throws {
    try restart(4, setsClock: false) { $0 == 3 ? SIGTERM : SIGKILL }
  }

  /// How long a restart takes with a correct clock.
  @Test(.enabled(if: wantedCount != nil, "scripts/crash-test runs it"))
  func restartTimes() throws {
    try restart(40, setsClock: false) { $0 % 2 == 0 ? SIGTERM : SIGKILL }
  }

  private func restart(
    _ count: Int, layout: String = "default", setsClock: Bool, signal: (Int) -> Int32
  ) throws {
    let run = try CrashRun(layout: layout, setsClock: setsClock)
    defer { if Self.wantedCount != nil { print("layout \(layout)\n\(run.summary)") } }
    for number in 1...count { try run.live(endingWith: signal(number)) }
    #expect(run.repeatedIDs == [])
    #expect(run.disorderedCount == 0)
    #expect(run.ids.allSatisfy(run.isOfTheLayout))
    #expect(run.ids.count > 100 * count)
  }
}

private final class CrashRun {
  private(set) var ids = Set<UInt64>()
  private(set) var repeatedIDs: [UInt64] = []
  /// IDs that a connection received after a greater one.
  private(set) var disorderedCount = 0

  private let state: StateFolder
  private let layout: String
  /// `nil` if it is not set.
  private let clock: FakeClock?
  private var random = SystemRandomNumberGenerator()
  private var refusedStartCount = 0
  private var clockStepCount = 0
  private var exits: [Int32: Int] = [:]
  /// The time from the start of a process to its first ID, by the signal that ended the last one.
  private var seconds: [Int32: [Double]] = [:]
  private var lastSignal: Int32?

  init(layout: String, setsClock: Bool) throws {
    self.layout = layout
    state = try StateFolder()
    clock = setsClock ? try FakeClock() : nil
  }

  /// One process, from its start to its end under load.
  func live(endingWith signal: Int32) throws {
    let beginning = Date()
    let server = try start()
    let first = try server.firstID()
    if clock == nil { #expect(first.refusals.isSubset(of: ["reservation_pending"])) }
    if let lastSignal {
      seconds[lastSignal, default: []].append(Date().timeIntervalSince(beginning))
    }
    receive([first.id], after: 0)
    let clients = try (0..<4).map { _ in try RawClient(port: server.port) }
    let id = server.processID
    DispatchQueue.global().asyncAfter(
      deadline: .now() + .milliseconds(Int.random(in: 0...400, using: &random))
    ) { kill(id, signal) }
    load(clients)
    #expect(
      try server.waitForExit() == (signal == SIGKILL ? .signal(signal) : .status(0)))
    exits[signal, default: 0] += 1
    lastSignal = signal
  }

  /// If the clock was set back too far, the start is refused; then the clock is corrected.
  private func start() throws -> RunningServer {
    let environment = state.environment.merging(clock?.environment ?? [:]) { $1 }
      .merging(["ID_LAYOUT": layout]) { $1 }
    do {
      return try RunningServer(environment: environment)
    } catch let error as HarnessError where error.description.contains("ms behind the time") {
      refusedStartCount += 1
      try setClock(to: 2)
      return try RunningServer(environment: environment)
    }
  }

  /// Requests IDs until the connections end, and sets the clock meanwhile.
  private func load(_ clients: [RawClient]) {
    let batch = String(repeating: Request.id, count: 50) + Request.hundredIDs
    var last = [UInt64](repeating: 0, count: clients.count)
    while true {
      do {
        if clock != nil, Int.random(in: 0..<10, using: &random) == 0 {
          // Mostly by less than a restart waits for, so the next process starts with that clock.
          let seconds = Int.random(in: 0..<64, using: &random) == 0 ? 2 : 0.2
          try setClock(to: Double.random(in: -seconds...seconds, using: &random))
        }
        for client in clients { try client.send(batch) }
        for (index, client) in clients.enumerated() {
          for _ in 0...50 {
            last[index] = receive(try client.readResponse().ids, after: last[index])
          }
        }
      } catch {
        break
      }
    }
    // The clients also receive what was sent before the end.
    for (index, client) in clients.enumerated() {
      while let response = try? client.readResponse() {
        last[index] = receive(response.ids, after: last[index])
      }
      client.finishSending()  // A server that stops waits a little for that.
    }
  }

  private func setClock(to seconds: Double) throws {
    clockStepCount += 1
    try clock?.set("\(seconds < 0 ? "" : "+")\((seconds * 1000).rounded() / 1000)")
  }

  /// Whether machine 1 can have made an ID with the layout.
  func isOfTheLayout(_ id: UInt64) -> Bool {
    switch layout {
    case "javascript": id >> 53 == 0 && id >> 6 & 63 == 1
    case "sonyflake": id & 0xFFFF == 1
    default: id >> 12 & 1023 == 1
    }
  }

  /// - Returns: the last of them; `last` if there is none.
  @discardableResult
  private func receive(_ new: [UInt64], after last: UInt64) -> UInt64 {
    var last = last
    for id in new {
      if !ids.insert(id).inserted { repeatedIDs.append(id) }
      if id <= last { disorderedCount += 1 }
      last = id
    }
    return last
  }

  var summary: String {
    let lines = """
      processes: \(exits[SIGKILL] ?? 0) ended by kill -9, \(exits[SIGTERM] ?? 0) by SIGTERM
      clock steps: \(clockStepCount); starts refused because of the clock: \(refusedStartCount)
      IDs received: \(ids.count); received twice: \(repeatedIDs.count); \
      out of order on a connection: \(disorderedCount)
      """
    if clock != nil { return lines }
    return lines + "\n" + restartRow("kill -9", SIGKILL) + "\n" + restartRow("SIGTERM", SIGTERM)
  }

  private func restartRow(_ name: String, _ signal: Int32) -> String {
    let sorted = (seconds[signal] ?? []).sorted()
    guard let first = sorted.first, let last = sorted.last else { return "" }
    let figures = String(
      format: "%.3f s to %.3f s, median %.3f s", first, last, sorted[sorted.count / 2])
    return "start to first ID after \(name): \(figures) (of \(sorted.count))"
  }
}
