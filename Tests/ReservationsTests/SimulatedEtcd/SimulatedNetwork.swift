import Glibc
import HTTP1
import HTTPClient
import Snowflake
import UV

@testable import Reservations

/// An etcd cluster, and the network between it and the hosts.
///
/// The members that serve are one linearizable store: what one acknowledges, the others know. A
/// member that was restored alone from a backup is a separate store.
final class SimulatedNetwork {
  enum Member {
    case serving
    /// It is down: connections are refused.
    case refusing
    /// It has no leader: 503, and nothing is carried out.
    case unavailable
    /// It accepts requests and never answers.
    case silent
    /// It answers from a backup, only to processes for which `canSeeThrough` is true.
    case restored(SimulatedEtcd)
  }

  /// What happens to one request.
  struct Fate {
    /// The delay of each arrival at the member, in milliseconds.
    var arrivals: [Int64] = [1]
    /// The delay of the first answer, in milliseconds; `nil` if it is lost.
    var reply: Int64? = 1
  }

  /// The faults.
  enum Fault: String, CaseIterable, Sendable {
    case requestLost = "request lost"
    case replyLost = "reply lost"
    case replyLate = "reply after its sender gave up"
    case carriedOutLate = "request carried out after its sender gave up"
    case writtenLate = "written after its sender gave up"
    case writtenByTheDead = "written after its sender was killed"
    case overtaken = "overtaken by another's write"
    case carriedOutTwice = "request carried out twice"
    case refused = "member gone"
    case unavailable = "member without a leader"
    case silent = "member silent"
    case wentBack = "member restored, of a lower revision"
    case otherCluster = "member restored, of another cluster"
    case tokenRefused = "token expired"
  }

  let queue = EventQueue()
  var etcd = SimulatedEtcd()
  var members: [Member]
  var files: [String: [UInt8]] = [:]
  /// Decides what happens to a request of a process.
  var fate: (SimulatedTransport, HTTPRequest) -> Fate = { _, _ in Fate() }
  /// Called for each write to the cluster.
  var didWrite: (_ key: String, _ value: [UInt8]) -> Void = { _, _ in }
  private(set) var faults: [Fault: Int] = [:]
  private(set) var requestCount = 0
  /// The time, in milliseconds since 1970, when that of the queue is 0.
  let originUnixMilliseconds: Int64
  /// How far the members' clocks are ahead of that, in milliseconds.
  var skewMilliseconds: Int64 = 0

  init(memberCount: Int, originUnixMilliseconds: Int64) {
    members = Array(repeating: .serving, count: memberCount)
    self.originUnixMilliseconds = originUnixMilliseconds
  }

  /// The correct time.
  var unixMilliseconds: Int64 { originUnixMilliseconds + queue.now }

  func record(_ fault: Fault) { faults[fault, default: 0] += 1 }

  /// Sends a request.
  func send(
    _ request: HTTPRequest, from sender: SimulatedTransport, number: Int, to endpoint: Int
  ) {
    requestCount += 1
    let fate = fate(sender, request)
    let revision = etcd.revision
    if fate.arrivals.isEmpty { record(.requestLost) }
    for (index, delay) in fate.arrivals.enumerated() {
      queue.schedule(afterMilliseconds: delay) { [self] in
        if index > 0 { record(.carriedOutTwice) }
        let reply = index == 0 ? fate.reply : nil
        let wasAsked = sender.isWaiting(for: number)
        let hadWritten = etcd.revision != revision
        arrive(request, from: sender, number: number, at: endpoint, reply: reply) { hasWritten in
          guard !wasAsked else { return }
          record(.carriedOutLate)
          if hadWritten { record(.overtaken) }
          if hasWritten { record(sender.isClosed ? .writtenByTheDead : .writtenLate) }
        }
      }
    }
  }

  private func arrive(
    _ request: HTTPRequest, from sender: SimulatedTransport, number: Int, at endpoint: Int,
    reply: Int64?, _ didCarryOut: (Bool) -> Void
  ) {
    let answer: SimulatedEtcd.Answer
    switch members[endpoint] {
    case .silent: return record(.silent)
    case .refusing:
      record(.refused)
      return sender.receive(
        .failure(.notSent(.connection(UVError(code: -ECONNREFUSED)))), number: number)
    case .unavailable:
      record(.unavailable)
      answer = SimulatedEtcd.error(503, 14, "etcdserver: no leader")
    case .restored(var other):
      guard sender.canSeeThrough(other, etcd) else {
        answer = SimulatedEtcd.error(503, 14, "etcdserver: no leader")
        break
      }
      answer = other.answer(request)
      if answer.tellsRevision {
        record(other.clusterID == etcd.clusterID ? .wentBack : .otherCluster)
      }
      members[endpoint] = .restored(other)
    case .serving:
      answer = etcd.answer(request)
      if answer.status == 401 { record(.tokenRefused) }
      if let (key, value) = answer.written { didWrite(key, value) }
      didCarryOut(answer.written != nil)
      if answer.tellsRevision, reply != nil {
        sender.noteRevision(etcd.revision, number: number)
      }
    }
    guard let reply else { return record(.replyLost) }
    let time = UTCTime(unixMilliseconds: unixMilliseconds + skewMilliseconds)
    let response = HTTPResponse(
      status: answer.status, date: time.formatted(UTCTime.httpDate),
      body: Array(answer.body.utf8))
    queue.schedule(afterMilliseconds: reply) { sender.receive(.success(response), number: number) }
  }
}
