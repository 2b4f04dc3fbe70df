import Reservations
import TestSupport
import Testing

@testable import IDServer

/// How `idgen machines` prints what a store has recorded.
struct MachineListTests {
  private static let now = ClockReading.example
  private static let list = MachineList(
    slots: [
      MachineSlot(
        machineID: 1, state: .held, owner: ReservationOwner(processID: 4711),
        limit: now.unixMilliseconds + 2134),
      MachineSlot(machineID: 20, state: .free, limit: epoch),
      MachineSlot(
        machineID: 300, state: .past,
        owner: ReservationOwner(number: 5, host: "app-7", processID: 12),
        limit: now.unixMilliseconds),
      MachineSlot(
        machineID: 1023, state: .unreadable(.unreadable(name: "/s/\"m\"", reason: "its length"))),
    ], now: now)

  @Test func table() {
    #expect(
      Self.list.lines == [
        "machine  state       limit                     from now        owner",
        "1        held        2026-01-29T12:19:36.633Z  in 2.134 s      process 4711",
        "20       free        2024-01-01T00:00:00.000Z  759 d 12 h ago",
        "300      past        2026-01-29T12:19:34.499Z  in 0.000 s      process 12 on host app-7",
        "1023     unreadable                                            /s/\"m\": its length",
      ])
  }

  @Test func objects() {
    #expect(
      Self.list.jsonLines == [
        #"{"machine_id": 1, "state": "held", "process": 4711, "host": null, "#
          + #""limit_ms": 1769689176633, "limit": "2026-01-29T12:19:36.633Z", "#
          + #""remaining_ms": 2134, "reason": null}"#,
        #"{"machine_id": 20, "state": "free", "process": null, "host": null, "#
          + #""limit_ms": 1704067200000, "limit": "2024-01-01T00:00:00.000Z", "#
          + #""remaining_ms": -65621974499, "reason": null}"#,
        #"{"machine_id": 300, "state": "past", "process": 12, "host": "app-7", "#
          + #""limit_ms": 1769689174499, "limit": "2026-01-29T12:19:34.499Z", "#
          + #""remaining_ms": 0, "reason": null}"#,
        #"{"machine_id": 1023, "state": "unreadable", "process": null, "host": null, "#
          + #""limit_ms": null, "limit": null, "remaining_ms": null, "#
          + #""reason": "/s/\"m\": its length"}"#,
      ])
  }

  @Test(
    arguments: [
      (0, "in 0.000 s"), (1, "in 0.001 s"), (-1, "0.001 s ago"), (59_999, "in 59.999 s"),
      (60_000, "in 1 min 0 s"), (-3_599_999, "59 min 59 s ago"), (3_600_000, "in 1 h 0 min"),
      (86_399_999, "in 23 h 59 min"), (-86_400_000, "1 d 0 h ago"),
      (.min, "106751991167 d 7 h ago"),
    ] as [(Int64, String)])
  func distance(_ milliseconds: Int64, _ text: String) {
    #expect(MachineList.distance(milliseconds) == text)
  }
}
