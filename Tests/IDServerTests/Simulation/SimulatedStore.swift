@testable import IDServer

/// A store on that disk. The adversary moves each request on from one point to the next, when it
/// likes, and whoever is killed between two of them leaves what has been done by then.
final class SimulatedStore: ReservationStore {
  /// Where a request is.
  enum Point: String, CaseIterable { case queued, written, synchronized }

  private struct Request {
    var point = Point.queued
    var limit: Int64
    var isRelease: Bool
    var completion: ((StoreError?) -> Void)?
  }

  static let failure = StoreError.system(name: "disk", reason: "input/output error")

  private let disk: SimulatedDisk
  private let adversary: Adversary
  private let process: Int
  private let mutation: Mutation?
  private var machineID: Int?
  private var request: Request?
  /// Where the claim says that this process begins.
  private(set) var start: Int64 = 0
  /// The last limit that was said to be durable.
  private(set) var acknowledgedLimit: Int64 = 0

  init(_ disk: SimulatedDisk, _ adversary: Adversary, process: Int, mutation: Mutation?) {
    self.disk = disk
    self.adversary = adversary
    self.process = process
    self.mutation = mutation
  }

  /// Where the request is that is under way, if one is.
  var point: Point? { request?.point }
  var isReleasing: Bool { request?.isRelease ?? false }

  // MARK: - What the production code calls

  func claim(
    _ machineIDs: ClosedRange<Int>,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void
  ) {
    guard !disk.isFailing else { return completion(.failure(Self.failure)) }
    let free = machineIDs.first { disk[$0].holder == nil || mutation == .hasNoLock }
    guard let free else { return completion(.failure(.noneFree(machineIDs))) }
    let record = disk[free]
    if record.torn != nil, mutation != .guessesWhatIsTorn {
      return completion(.failure(.unreadable(name: "machine-\(free)", reason: "torn")))
    }
    disk[free].holder = process
    machineID = free
    let isNew = mutation == .startsAnywhere || record.torn != nil
    start = isNew ? 0 : record.limit
    completion(.success(ReservationClaim(machineID: free, start: start)))
  }

  func extend(to limit: Int64, _ completion: @escaping (StoreError?) -> Void) {
    request = Request(limit: limit, isRelease: false, completion: completion)
    if mutation == .savesAfterTheFact { answerEarly() }
  }

  func release(limit: Int64, _ completion: @escaping (StoreError?) -> Void) {
    let limit = mutation == .cutsBackTooFar ? limit - 1 : limit
    request = Request(limit: limit, isRelease: true, completion: completion)
  }

  // MARK: - What the adversary does

  /// Moves the request on by one point, or has it fail where it is.
  ///
  /// A reply can be lost: then the store says in the end that it has failed, although it has not.
  func advance(losingReplies: Bool) {
    guard let machineID, let request else { return }
    switch request.point {
    case .queued where disk.isFailing && adversary.oneIn(2): finish(Self.failure)
    case .queued:
      disk[machineID].written = request.limit
      self.request?.point = .written
      if mutation == .acknowledgesBeforeSync, !request.isRelease { answerEarly() }
    case .written where disk.isFailing: finish(Self.failure)
    case .written:
      let record = disk[machineID]
      disk[machineID] = SimulatedDisk.Record(durable: record.limit, holder: record.holder)
      self.request?.point = .synchronized
    case .synchronized: finish(losingReplies && adversary.oneIn(8) ? Self.failure : nil)
    }
  }

  /// What the disk had begun may still be done, and the lock goes last.
  func kill() {
    if let machineID, let request, request.point == .queued, adversary.oneIn(2) {
      disk[machineID].written = request.limit
    }
    finish(Self.failure)
    unlock()
  }

  private func finish(_ error: StoreError?) {
    guard let ended = request else { return }
    request = nil
    if ended.isRelease { unlock() }
    answer(ended, error)
  }

  private func answer(_ request: Request, _ error: StoreError?) {
    guard let completion = request.completion else { return }
    if error == nil { acknowledgedLimit = max(acknowledgedLimit, request.limit) }
    completion(error)
  }

  /// Says that it is done, and goes on with it.
  private func answerEarly() {
    guard let early = request else { return }
    request?.completion = nil
    answer(early, nil)
  }

  private func unlock() {
    if let machineID { disk.unlock(machineID, heldBy: process) }
    machineID = nil
  }
}
