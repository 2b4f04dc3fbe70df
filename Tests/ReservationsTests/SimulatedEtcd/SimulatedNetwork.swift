import Glibc
import HTTP1
import HTTPClient
import Snowflake
import UV

@testable import Reservations

/// A cluster of etcd, and the network between it and the hosts.
///
/// The members that serve are one linearizable store: what one has acknowledged the others know. A
/// member that was restored by itself from a backup is a store of its own.
final class SimulatedNetwork {
  enum Member {
    case serving
    /// No process is there: connections are refused.
    case refusing
    /// It has no leader: 503, and nothing is carried out.
    case unavailable
    /// It takes requests and never answers.
    case silent
    /// It answers from a backup, to whom `canSeeThrough` says.
    case restored(SimulatedEtcd)
  }

  /// What becomes of one request.
  struct Fate {
    /// After how many milliseconds it comes to the member, for each time that it does.
    var arrivals: [Int64] = [1]
    /// How long the answer to the first takes; `nil` if it is lost.
    var reply: Int64? = 1
  }

  /// What can go wrong.
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
  /// Decides what becomes of a request of a process.
  var fate: (SimulatedTransport, HTTPRequest) -> Fate = { _, _ in Fate() }
  /// Told of each write to the cluster.
  var didWrite: (_ key: String, _ value: [UInt8]) -> Void = { _, _ in }
  private(set) var faults: [Fault: Int] = [:]
  private(set) var requestCount = 0
  /// What time it is, in milliseconds since 1970, when the queue's is 0.
  let originUnixMilliseconds: Int64
  /// By how much the members' clocks are ahead of that, in milliseconds.
  var skewMilliseconds: Int64 = 0

  init(memberCount: Int, originUnixMilliseconds: Int64) {
    members = Array(repeating: .serving, count: memberCount)
    self.originUnixMilliseconds = originUnixMilliseconds
  }

  /// The right time.
  var unixMilliseconds: Int64 { originUnixMilliseconds + queue.now }

  func record(_ fault: Fault) { faults[fault, default: 0] += 1 }

  /// Sends a request on its way.
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
