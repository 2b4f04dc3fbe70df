import Snowflake

/// What a generator must answer, by the contract and by arithmetic alone.
struct GeneratorModel {
  let layout: SnowflakeLayout
  let machineID: UInt64
  var tolerance: Int64 = 0
  var start = SequenceStart.zero

  /// What a generator must remember, and nothing else: the last ID's.
  private(set) var timestamp: Int64 = -1
  private(set) var sequence: UInt64 = .max

  struct Run: Equatable {
    let first: UInt64
    let count: Int
  }

  init(layout: SnowflakeLayout, machineID: UInt64) {
    (self.layout, self.machineID) = (layout, machineID)
  }

  /// The next ID, and only if there is one, a new state.
  mutating func next(at now: Int64) -> Result<UInt64, GeneratorError> {
    let (epoch, unit) = (layout.epochUnixMilliseconds, layout.unitMilliseconds)
    let lastTime = epoch + timestamp * unit
    if now < epoch {
      return .failure(.clockBeforeEpoch(unixMilliseconds: now, epochUnixMilliseconds: epoch))
    }
    if now >= layout.naiveEnd {
      return .failure(
        .clockPastMaximum(unixMilliseconds: now, lastUnixMilliseconds: layout.naiveEnd - 1))
    }
    if lastTime - now > tolerance {
      return .failure(.clockBehind(milliseconds: lastTime - now))
    }
    if (now - epoch) / unit > timestamp {
      timestamp = (now - epoch) / unit
      sequence = start == .zero ? 0 : (sequence &+ 1) % min(16, count)
    } else if sequence == count - 1 {
      return .failure(.sequenceExhausted(untilUnixMilliseconds: lastTime + unit))
    } else {
      sequence += 1
    }
    return .success(
      layout.joined(timestamp: timestamp, machineID: machineID, sequence: sequence))
  }

  /// The same for several at once: the first ID, and how many there are.
  mutating func nextRun(upTo wanted: Int, at now: Int64) -> Result<Run, GeneratorError> {
    next(at: now).map { first in
      let runCount = min(UInt64(wanted), count - sequence)
      sequence += runCount - 1
      return Run(first: first, count: Int(runCount))
    }
  }

  /// The IDs of a timestamp.
  private var count: UInt64 { UInt64(layout.maximumSequence) + 1 }
}
