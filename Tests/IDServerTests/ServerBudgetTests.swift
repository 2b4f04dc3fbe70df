import API
import Glibc
import Testing
import UV

@testable import IDServer

struct ServerBudgetTests {
  /// A step that is not late may answer a read that was: what a smaller buffer left behind is not
  /// to be taken for nothing.
  @Test func aBudgetSaysHowMuchWasRead() throws {
    let server = try makeServer()
    let inTime = server.loop.nowMilliseconds * 1_000_000
    let late = inTime + UInt64(Server.lateNanoseconds)
    let (whole, brief) = (StepBudget.whole, StepBudget.brief)
    for (time, cost, readBytes, nextReadBytes) in [
      (inTime, whole.cost, whole.readBytes, whole.readBytes),
      (late, brief.cost, whole.readBytes, brief.readBytes),
      (late, brief.cost, brief.readBytes, brief.readBytes),
      (inTime, whole.cost, brief.readBytes, whole.readBytes),
      (inTime, whole.cost, whole.readBytes, whole.readBytes),
    ] {
      let budget = server.budget(atNanoseconds: time)
      #expect(budget.cost == cost)
      #expect(budget.readBytes == readBytes)
      #expect(server.loop.readByteLimit == nextReadBytes)
    }
    server.didReceiveSignal(SIGTERM)
    try server.run()
  }
}
