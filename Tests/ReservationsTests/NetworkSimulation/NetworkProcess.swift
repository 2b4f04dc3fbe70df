import Snowflake

@testable import Reservations

/// A process of the service on its own host: what the server does with an `IDSource`, without its
/// loop. The generator, the source and the etcd store are those of production.
final class NetworkProcess {
  enum State {
    case stopped
    case starting(IDSource)
    case running(IDSource)
    /// It makes no more IDs, and releases its machine ID.
    case stopping(IDSource)
  }

  /// Where a process can be killed or paused.
  enum Point: String, CaseIterable, Sendable {
    case atRest = "with nothing under way"
    case starting = "while it starts"
    case renewing = "while it renews"
    case stopping = "while it stops"
  }

  let configuration: IDConfiguration
  private let etcd: EtcdConfiguration
  private let host: String
  private(set) var state = State.stopped
  private(set) var transport: SimulatedTransport?
  private(set) var ownerNumber: UInt64 = 0
  private(set) var startCount = 0
  /// Whether it has lost its machine ID since this start.
  private(set) var isLost = false
  var clock: SimulatedClock
  /// The network's time until which its requests are late or lost, and all answers to it are lost.
  var isCutOffUntil: Int64 = 0
  /// The last ID since this start.
  var lastID: SnowflakeID?

  init(
    _ layout: SnowflakeLayout, host: Int, machineIDs: ClosedRange<Int>,
    leaseWindowMilliseconds: Int64,
    toleranceMilliseconds: Int, etcd: EtcdConfiguration, clockErrorMilliseconds: Int64
  ) {
    var configuration = IDConfiguration(machineID: machineIDs.lowerBound)
    configuration.layout = layout
    configuration.machineIDs = machineIDs
    configuration.leaseWindowMilliseconds = leaseWindowMilliseconds
    configuration.clockToleranceMilliseconds = toleranceMilliseconds
    self.configuration = configuration
    self.etcd = etcd
    self.host = "host-\(host)"
    clock = SimulatedClock(host: host, error: clockErrorMilliseconds)
  }

  /// Its source, even after the machine ID was lost; `nil` while the process is paused.
  var source: IDSource? {
    guard case .running(let source) = state, !isPaused else { return nil }
    return source
  }
  var isStopped: Bool { if case .stopped = state { true } else { false } }
  var isRunning: Bool { if case .running = state, !isLost { true } else { false } }
  var isPaused: Bool { transport?.isPaused ?? false }

  /// Where it would be killed now.
  var point: Point {
    switch state {
    case .starting: .starting
    case .stopping: .stopping
    case .stopped, .running: transport?.isAsking == true ? .renewing : .atRest
    }
  }

  /// - Parameters:
  ///   - now: reads the clocks.
  ///   - completion: called with the error of the start, or `nil`.
  ///   - didLose: called once, when it has lost its machine ID.
  func start(
    on network: SimulatedNetwork, ownerNumber: UInt64, now: @escaping () -> ClockReading,
    _ completion: @escaping (StartError?) -> Void, didLose: @escaping () -> Void
  ) throws {
    startCount += 1
    (lastID, isLost, self.ownerNumber) = (nil, false, ownerNumber)
    let transport = SimulatedTransport(network)
    self.transport = transport
    let store = EtcdStore(
      etcd, transport: transport, ownerNumber: ownerNumber, host: host, processID: startCount)
    let source = try IDSource(configuration, store: store, bootID: clock.bootID)
    state = .starting(source)
    source.didLose = { [unowned self] _ in
      isLost = true
      didLose()
    }
    source.start(clock: now) { [unowned self] result in
      switch result {
      case .success:
        state = .running(source)
        scheduleRenewal(of: source, now)
        completion(nil)
      case .failure(let error):
        kill()
        completion(error)
      }
    }
  }

  /// As `Server.scheduleRenewal` does.
  private func scheduleRenewal(of source: IDSource, _ now: @escaping () -> ClockReading) {
    guard let milliseconds = source.millisecondsToRenewal(at: now()) else { return }
    transport?.after(max(milliseconds, 50)) { [unowned self] in
      guard case .running = state else { return }
      source.renewIfNeeded(at: now())
      scheduleRenewal(of: source, now)
    }
  }

  /// As `Server.stop` does.
  func stop() {
    let source: IDSource
    switch state {
    case .starting(let starting): source = starting
    case .running(let running): source = running
    case .stopped, .stopping: return
    }
    state = .stopping(source)
    let transport = transport
    source.releaseReservation { [weak self] _ in
      guard let self, self.transport === transport else { return }
      kill()
    }
  }

  func kill() {
    transport?.close()
    transport = nil
    state = .stopped
  }
}
