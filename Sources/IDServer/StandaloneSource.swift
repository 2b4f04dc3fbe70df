public import Reservations
public import Snowflake
import UV

/// Makes IDs without a server, as `idgen generate` does: claimed and reserved as the server's are,
/// but waited for.
public final class StandaloneSource {
  /// How long a store may be away once the reserved time is over.
  private static let storePatienceMilliseconds: Int64 = 10_000

  private let loop: Loop
  private let source: IDSource
  private let timer: Timer
  private let didWait: (String) -> Void
  private var hasToldOfJump = false
  private let millisecondTimer: HighResolutionTimer

  /// How far the clock may be behind and be waited for: a crash leaves up to one window reserved.
  private var longestWaitMilliseconds: Int64 { max(3000, source.windowMilliseconds) }

  /// Returns once a machine ID is claimed and time is reserved.
  ///
  /// - Parameter didWait: told why it waits for long.
  public init(
    _ configuration: IDConfiguration, didWait: @escaping (String) -> Void
  ) throws(ServerError) {
    self.didWait = didWait
    do throws(UVError) {
      loop = try Loop()
      timer = try Timer(loop: loop)
      millisecondTimer = try HighResolutionTimer(loop: loop) {}
    } catch {
      throw .loop(error)
    }
    do throws(StartError) {
      source = try IDSource(configuration, loop: loop)
    } catch {
      throw .start(error)
    }
    source.storeClient?.didWait = didWait
    var result: IDSource.StartResult?
    source.start(clock: ClockReading.now) { result = $0 }
    while result == nil { loop.runOnce() }
    if case .failure(let error) = result { throw .start(error) }
  }

  /// Makes 1…`count` IDs, and waits for their time if need be.
  ///
  /// - Throws: ``ServerError/lost(_:)``, ``ServerError/start(_:)`` with what the store says, or
  ///   ``ServerError/unavailable(_:)``.
  public func nextRun(upTo count: Int) throws(ServerError) -> SnowflakeIDRun {
    var expiredMilliseconds: Int64?
    while true {
      // What the store has answered while IDs were made and written.
      loop.runPending()
      let now = ClockReading.now()
      do throws(IDUnavailable) {
        return try source.nextRun(upTo: count, at: now)
      } catch .notYet {
        millisecondTimer.start(afterNanoseconds: now.nanosecondsToNextMillisecond)
        loop.runOnce()  // The timer, or the store.
      } catch {
        switch error {
        case .clock(.clockBehind(let milliseconds))
        where milliseconds <= longestWaitMilliseconds:
          wait(milliseconds: milliseconds)
        case .clockJumped:
          // It is believed once it has held for a minute, and nobody sends a signal to a command.
          if !hasToldOfJump { didWait(error.reason) }
          hasToldOfJump = true
          wait(milliseconds: 1000)
        case .reservationLost(let error): throw .lost(error)
        case .reservationExpired
        where now.monotonicMilliseconds - (expiredMilliseconds ?? now.monotonicMilliseconds)
          < Self.storePatienceMilliseconds:
          // Whoever reads the IDs may have been slow, and the answer still be on its way.
          expiredMilliseconds = expiredMilliseconds ?? now.monotonicMilliseconds
          wait(milliseconds: 100)
        case .reservationExpired(let error?): throw .start(.store(error))
        default: throw .unavailable(error.reason)
        }
      }
    }
  }

  /// Waits so long, or less. What must be renewed at rest is.
  private func wait(milliseconds: Int64) {
    source.renewIfNeeded(at: .now())
    timer.start(afterMilliseconds: UInt64(min(milliseconds, 500))) {}
    loop.runOnce()
  }

  /// Gives the machine ID and the time that was not used back.
  ///
  /// - Throws: why the store could not record that.
  public func release() throws(ServerError) {
    var outcome: StoreError??
    source.releaseReservation { outcome = .some($0) }
    while outcome == nil { loop.runOnce() }
    switch outcome {
    case .some(.some(.lost(let name, let owner))): throw .lost(.lost(name: name, owner: owner))
    case .some(.some(let error)): throw .start(.store(error))
    default: break
    }
  }
}
