import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// How much reserved time is ahead, for operators: none at rest is not a fault.
struct IDSourceRemainingTests {
  private static let now = ClockReading.example

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var elapsed: Int64
    var renewsAtRest = false
    /// What the store has answered to the request for an ID at that time; `nil` for no request.
    var answer: Answer?
    var remaining: Int64?

    enum Answer { case none, failure, success }
  }

  @Test(arguments: [
    Case(testDescription: "at once", elapsed: 0, remaining: 3000),
    Case(testDescription: "before the limit", elapsed: 2999, remaining: 1),
    Case(testDescription: "at rest", elapsed: 3000, remaining: nil),
    Case(testDescription: "long at rest", elapsed: 86_400_000, remaining: nil),
    Case(testDescription: "at rest, not renewed", elapsed: 3000, renewsAtRest: true, remaining: 0),
    Case(testDescription: "a request waits", elapsed: 3000, answer: Case.Answer.none),
    Case(testDescription: "the store fails", elapsed: 3000, answer: .failure, remaining: 0),
    Case(testDescription: "renewed", elapsed: 3000, answer: .success, remaining: 3000),
  ])
  func remaining(_ example: Case) throws {
    let store = ScriptedStore()
    store.policy.renewsAtRest = example.renewsAtRest
    let source = try IDSource(store, at: Self.now)
    let now = Self.now.later(example.elapsed, example.elapsed)
    if let answer = example.answer {
      _ = try? source.nextRun(upTo: 1, at: now)
      switch answer {
      case .none: break
      case .failure: store.answer(ScriptedStore.failure)
      case .success: store.answer()
      }
    }
    #expect(source.reservedMilliseconds(at: now) == example.remaining)
  }

  /// A store that does not answer for a second is one that fails.
  @Test func aSlowStoreLeavesNothing() throws {
    let store = ScriptedStore()
    let source = try IDSource(store, at: Self.now)
    _ = try? source.nextRun(upTo: 1, at: Self.now.later(3000, 3000))
    #expect(source.reservedMilliseconds(at: Self.now.later(4000, 4000)) == nil)
    #expect(source.reservedMilliseconds(at: Self.now.later(4001, 4001)) == 0)
  }

  @Test func nothingIsReservedWithoutAClaim() throws {
    #expect(try IDSource(machineID: 1).reservedMilliseconds(at: Self.now) == nil)
    #expect(try IDSource(unstarted: ScriptedStore()).reservedMilliseconds(at: Self.now) == 0)
    let source = try IDSource(ScriptedStore(), at: Self.now)
    source.releaseReservation { _ in }
    #expect(source.reservedMilliseconds(at: Self.now.later(5000, 5000)) == 0)
  }
}
