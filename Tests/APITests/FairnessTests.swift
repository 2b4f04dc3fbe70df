import HTTP1
import Reservations
import Snowflake
import TestSupport
import Testing

@testable import API

/// Requests for a few IDs do not wait behind batches, and batches get their half.
struct FairnessTests {
  /// Clients of one service that ask again as soon as they are answered, without sockets: their
  /// sessions, and the server's order of resuming.
  private final class Crowd {
    final class Member {
      let client: Client
      let idCount: Int
      let text: String
      let size: RequestSize
      var isWaiting = false
      var askedMillisecond: Int64 = 0
      var longestWait: Int64 = 0
      var answerCount = 0

      init(_ service: IDService, idCount: Int) {
        client = Client(service)
        self.idCount = idCount
        text = request("/ids?count=\(idCount)")
        size = RequestSize(idCount: idCount)
      }
    }

    let service: IDService
    let members: [Member]
    private var queues: [RequestSize: [Member]] = [.few: [], .batch: []]
    private var millisecond: Int64 = 0
    private(set) var idCounts: [RequestSize: Int] = [.few: 0, .batch: 0]

    init(_ idCounts: [Int], layout: SnowflakeLayout = .default) throws {
      let service = try makeService(layout: layout)
      self.service = service
      members = idCounts.map { Member(service, idCount: $0) }
    }

    private var now: ClockReading { .example.later(byMilliseconds: millisecond) }

    /// One millisecond: those that wait go first, as in `Server.resumeWaiting`; then these ask, in
    /// this order, if they do not wait.
    func step(asking members: [Member]) {
      millisecond += 1
      _ = resumeWaiters(first: { queues[$0]?.first }, resume: resume)
      for member in members where !member.isWaiting {
        member.askedMillisecond = millisecond
        member.client.now = now
        settle(member, member.client.send(member.text))
      }
    }

    private func resume(_ member: Member) -> Bool {
      member.client.now = now
      if case .waiting = member.client.resume() { return false }
      queues[member.size]?.removeFirst()
      member.isWaiting = false
      settle(member, .reading(.request))
      return true
    }

    private func settle(_ member: Member, _ step: Session.Step) {
      if case .waiting = step {
        member.isWaiting = true
        queues[member.size]?.append(member)
      } else {
        #expect(member.client.takeReceived().hasPrefix("HTTP/1.1 200 "))
        member.answerCount += 1
        member.longestWait = max(member.longestWait, millisecond - member.askedMillisecond)
        idCounts[member.size, default: 0] += member.idCount
      }
    }
  }

  /// One client at `/id` beside many that take batches without pause.
  @Test(arguments: [16, 64, 256, 1000])
  func oneIDIsThereInTheNextMillisecond(_ batchClients: Int) throws {
    let crowd = try Crowd([1] + Array(repeating: 4096, count: batchClients))
    for _ in 0..<100 { crowd.step(asking: crowd.members.reversed()) }
    #expect(crowd.members[0].longestWait <= 1)
    #expect(crowd.members[0].answerCount >= 49)
    // All of the format is used.
    let total = crowd.idCounts.values.reduce(0, +)
    #expect(total >= 98 * 4096)
  }

  /// As many small ones as can wait, all at once and without pause: batches still get half.
  @Test func batchesGetTheirHalf() throws {
    let crowd = try Crowd(
      Array(repeating: RequestSize.fewCount, count: 900) + Array(repeating: 4096, count: 4))
    for _ in 0..<100 { crowd.step(asking: crowd.members) }
    let batches = crowd.members.suffix(4)
    #expect((crowd.idCounts[.batch] ?? 0) >= 97 * 2048)
    #expect((crowd.idCounts[.few] ?? 0) >= 97 * 2048)
    // Two milliseconds for each of four.
    #expect(batches.allSatisfy { $0.longestWait <= 1 + 4 * 2 })
  }

  /// The same with a unit of many milliseconds: half of the unit's IDs, not of each millisecond's.
  @Test(arguments: [SnowflakeLayout.sonyflake, .javascript])
  func batchesGetTheirHalfOfATimestamp(_ layout: SnowflakeLayout) throws {
    let crowd = try Crowd(Array(repeating: 16, count: 900) + [4096, 4096], layout: layout)
    let timestampCount = 100
    let unit = Int(layout.unitMilliseconds)
    for _ in 0..<timestampCount * unit { crowd.step(asking: crowd.members) }
    let made = crowd.service.metrics.ids
    #expect(made >= (timestampCount - 2) * (layout.maximumSequence + 1))
    // The batch that is not complete yet has its part as well.
    let few = crowd.idCounts[.few] ?? 0
    #expect(few <= made / 2 + layout.maximumSequence + 1)
    #expect(few >= made / 2 - (layout.maximumSequence + 1))
  }

  /// While a batch waits, requests for a few do not get a new half with each millisecond of a unit.
  @Test func halfIsOfTheWholeUnit() throws {
    let client = Client(try makeService(layout: .sonyflake))
    client.now = client.now.later(byMilliseconds: 1)  // The start of a unit.
    client.service.changeWaiters(.ids(17, .number), by: 1)
    client.send(String(repeating: request("/id"), count: 128))
    #expect(client.send(request("/id")) == .waiting(.few))
    for _ in 0..<9 {
      client.now = client.now.later(byMilliseconds: 1)
      #expect(client.resume() == .waiting(.few))
    }
    client.now = client.now.later(byMilliseconds: 1)
    #expect(client.resume() == .reading(.request))
    #expect(client.service.metrics.ids == 129)
  }

  /// The bounds that the documentation states, for any mixture of clients: a request waits until
  /// the next millisecond, and then at most for those of its kind before it, of which `share` IDs
  /// are made in each.
  @Test(arguments: 0..<10 as Range<UInt64>) func nobodyWaitsLonger(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let few = (0..<Int.random(in: 1...400, using: &random)).map { _ in
      Int.random(in: 1...RequestSize.fewCount, using: &random)
    }
    let batches = (0..<Int.random(in: 1...40, using: &random)).map { _ in
      Int.random(in: RequestSize.fewCount + 1...4096, using: &random)
    }
    let crowd = try Crowd(few + batches)
    for _ in 0..<80 {
      crowd.step(
        asking: crowd.members.filter { _ in .random(using: &random) }.shuffled(using: &random))
    }
    let share = TimestampShare(of: .default).idCount
    for (size, demand) in [(RequestSize.few, few), (.batch, batches)] {
      let bound = 1 + (demand.reduce(0, +) + share - 1) / share
      let worst = crowd.members.filter { $0.size == size }.map(\.longestWait).max() ?? 0
      #expect(worst <= bound, "\(size): \(worst) ms, and at most \(bound)")
    }
  }

  /// Batches that wait take no place from requests for a few.
  @Test func placesAreCountedBySize() throws {
    let service = try makeService()
    let client = Client(service)
    client.send(String(repeating: request("/id"), count: 4096))
    service.changeWaiters(.ids(17, .number), by: Limits.waitingCount)
    let batch = Client(service)
    #expect(batch.send(request("/ids?count=17")) == .reading(.request))
    #expect(Received.all(in: batch.received).map(\.code) == ["too_many_waiting"])
    let one = Client(service)
    #expect(one.send(request("/ids?count=16")) == .waiting(.few))
    #expect(service.waiters[.few].requests == 1)
  }
}
