import Snowflake

@testable import IDServer

/// A process of the service: what the server does around an `IDSource`, without its loop.
final class SimulatedProcess {
  enum State {
    case stopped
    case running(IDSource)
    /// It makes no more IDs, and gives its machine ID back.
    case stopping
  }

  /// Where a process can be killed.
  enum Point: Hashable {
    case atRest
    case starting(SimulatedStore.Point)
    case extending(SimulatedStore.Point)
    case stopping(SimulatedStore.Point)

    static let all: [Point] =
      [.atRest]
      + SimulatedStore.Point.allCases.flatMap { point -> [Point] in
        [.starting(point), .extending(point), .stopping(point)]
      }
  }

  let number: Int
  let configuration: Configuration
  private(set) var state = State.stopped
  private(set) var store: SimulatedStore?
  /// By how much its clock differs from the others', in milliseconds.
  var clockSkewMilliseconds: Int64 = 0
  /// The last ID of this life.
  var lastID: SnowflakeID?
  private let mutation: Mutation?

  init(number: Int, machineIDs: ClosedRange<Int>, toleranceMilliseconds: Int, _ mutation: Mutation?)
  {
    self.number = number
    self.mutation = mutation
    var configuration = Configuration(machineID: machineIDs.lowerBound)
    configuration.machineIDs = machineIDs
    configuration.clockToleranceMilliseconds = toleranceMilliseconds
    self.configuration = configuration
  }

  /// Where it would die.
  var point: Point {
    switch state {
    case .stopped, .running: store?.point.map { .extending($0) } ?? .atRest
    case .stopping: store?.point.map { .stopping($0) } ?? .atRest
    }
  }

  /// - Parameter wait: is called while the store has not answered.
  func start(
    with store: SimulatedStore, at now: ClockReading, wait: (SimulatedStore) -> Void
  ) throws(ServerError) {
    lastID = nil
    let source = try IDSource(configuration, store: store, at: now, wait: { wait(store) })
    self.store = store
    if mutation == .hasNoLimit {
      try begin(source, timestamps: store.start..<SnowflakeID.maximumTimestamp + 1)
    } else {
      state = .running(source)
    }
  }

  /// Forgets what IDs it has made, as a generator would that resets its sequence unasked.
  func reset(_ source: IDSource) throws(ServerError) {
    guard let store else { return }
    lastID = nil
    try begin(source, timestamps: 0..<store.acknowledgedLimit)
  }

  private func begin(_ source: IDSource, timestamps: Range<Int64>) throws(ServerError) {
    do throws(MachineIDError) {
      state = .running(
        try IDSource(machineID: source.machineID, timestamps: timestamps, store: store))
    } catch {
      throw .machineID(error)
    }
  }

  /// As `Server.stop` does.
  func stop() {
    guard case .running(let source) = state else { return }
    state = .stopping
    source.releaseReservation { [weak self] _ in self?.state = .stopped }
  }

  func kill() {
    store?.kill()
    store = nil
    state = .stopped
  }
}
