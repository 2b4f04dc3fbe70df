import Snowflake

@testable import Reservations

/// A process of the service: what the server does with an `IDSource`, without its loop. The
/// generator, the source and the file store are those of production.
final class SimulatedProcess {
  enum State {
    case stopped
    case starting(IDSource)
    case running(IDSource)
    /// It makes no more IDs, and releases its machine ID.
    case stopping
  }

  /// Where a process can be killed.
  enum Point: Hashable, Sendable {
    case atRest
    case starting(SteppedExecutor.Point)
    case renewing(SteppedExecutor.Point)
    case stopping(SteppedExecutor.Point)

    /// `remove` follows a `create` alone.
    static let all: [Point] =
      [.atRest] + SteppedExecutor.Point.allCases.map { .starting($0) }
      + [SteppedExecutor.Point.isFile, .write, .synchronize, .answered].flatMap {
        [.renewing($0), .stopping($0)]
      }
  }

  let configuration: IDConfiguration
  private(set) var state = State.stopped
  private var executor: SteppedExecutor?
  private var files: SimulatedFileSystem?
  /// The difference between its clock and the others', in milliseconds.
  var clockSkewMilliseconds: Int64 = 0
  /// The last ID since this start.
  var lastID: SnowflakeID?

  init(_ layout: SnowflakeLayout, machineIDs: ClosedRange<Int>, toleranceMilliseconds: Int) {
    var configuration = IDConfiguration(machineID: machineIDs.lowerBound)
    configuration.layout = layout
    configuration.machineIDs = machineIDs
    configuration.clockToleranceMilliseconds = toleranceMilliseconds
    self.configuration = configuration
  }

  var source: IDSource? { if case .running(let source) = state { source } else { nil } }
  var isStopped: Bool { if case .stopped = state { true } else { false } }
  var isBusy: Bool { executor?.point != nil }

  /// Where it would be killed now.
  var point: Point {
    guard let point = executor?.point else { return .atRest }
    return switch state {
    case .starting: .starting(point)
    case .stopped, .running: .renewing(point)
    case .stopping: .stopping(point)
    }
  }

  /// - Parameter completion: called with the error of the start, or `nil`.
  func start(
    on disk: SimulatedDisk, _ adversary: Adversary, bootID: String,
    clock: @escaping () -> ClockReading, _ completion: @escaping (StartError?) -> Void
  ) throws {
    lastID = nil
    let files = SimulatedFileSystem(disk, adversary)
    let executor = SteppedExecutor(files)
    (self.files, self.executor) = (files, executor)
    let store = FileStore(directory: "/state", files: files, executor: executor)
    let source = try IDSource(configuration, store: store, bootID: bootID)
    state = .starting(source)
    source.start(clock: clock) { [unowned self] result in
      switch result {
      case .success:
        state = .running(source)
        completion(nil)
      case .failure(let error):
        completion(error)
        kill()
      }
    }
  }

  /// Continues its background work by one system call.
  func step(losingReplies: Bool) {
    files?.losesReplies = losingReplies
    executor?.step()
  }

  /// As `Server.stop` does.
  func stop() {
    let source: IDSource
    switch state {
    case .starting(let starting): source = starting
    case .running(let running): source = running
    case .stopped, .stopping: return
    }
    state = .stopping
    source.releaseReservation { [weak self] _ in self?.kill() }
  }

  func kill() {
    executor?.kill()
    (executor, files) = (nil, nil)
    state = .stopped
  }
}
