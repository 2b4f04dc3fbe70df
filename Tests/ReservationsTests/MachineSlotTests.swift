import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// Which owners are considered gone.
struct MachineSlotTests {
  private static let now = ClockReading.example.unixMilliseconds
  private static let damage = StoreError.unreadable(name: "a", reason: "b")

  static let cases:
    [(renewsAtRest: Bool, state: MachineSlot.State, limit: Int64?, expected: MachineSlot.State)] = [
      (true, .held, now + 1, .held), (true, .held, now, .past), (true, .held, 0, .past),
      (true, .free, now + 1, .free), (true, .free, 0, .free),
      (true, .unreadable(damage), nil, .unreadable(damage)),
      (false, .held, now + 1, .held), (false, .held, 0, .held), (false, .free, 0, .free),
    ]

  @Test(arguments: cases.indices)
  func states(_ index: Int) {
    let test = Self.cases[index]
    let slot = MachineSlot(machineID: 3, state: test.state, limit: test.limit)
    let policy = ReservationPolicy(
      kind: "any", leaseWindowMilliseconds: 3000, retryMilliseconds: 200,
      renewsAtRest: test.renewsAtRest)
    #expect(
      slot.markingPast(at: .example, policy: policy)
        == MachineSlot(machineID: 3, state: test.expected, limit: test.limit))
  }
}
