import HTTP1
import Snowflake

/// What all sessions of one loop share: the generator, and what answers are made of.
///
/// It is not `Sendable`, and the generator in it is `~Copyable`: one loop thread owns both, and the
/// compiler sees to it.
final class IDService {
  let machineID: Int
  let limits: Limits
  let frames: IDFrames
  /// How many requests wait for the next millisecond.
  var waitingCount = 0
  /// Set once: answers then say that they are a connection's last.
  var isDraining = false

  private var generator: SnowflakeGenerator
  private var currentDate = CurrentDate()

  init(machineID: Int, limits: Limits) throws(MachineIDError) {
    generator = try SnowflakeGenerator(machineID: machineID)
    self.machineID = machineID
    self.limits = limits
    frames = IDFrames(machineID: machineID)
  }

  /// Makes 1…`count` IDs, as many as this millisecond still has.
  func nextRun(
    upTo count: Int, at now: WallClock.Instant
  ) throws(GeneratorError) -> SnowflakeIDRun {
    try generator.nextRun(upTo: count, at: now.unixMilliseconds)
  }

  /// What `Date` says.
  func date(at now: WallClock.Instant) -> CurrentDate {
    currentDate.update(at: now)
    return currentDate
  }
}

extension Problem {
  /// No ID can be made for reasons of time: honest and temporary, never a wrong ID.
  init(_ error: GeneratorError) {
    let (code, retryAfterSeconds) =
      switch error {
      case .clockBehind(let milliseconds): ("clock_behind", Int((milliseconds + 999) / 1000))
      case .clockBeforeEpoch: ("clock_before_epoch", 60)
      case .clockPastMaximum: ("clock_past_maximum", 60)
      case .sequenceExhausted: ("sequence_exhausted", 1)
      }
    self.init(
      status: .serviceUnavailable, code: code, detail: "No ID can be made: \(error).",
      retryAfterSeconds: retryAfterSeconds)
  }
}
