public import Reservations
public import Snowflake
public import UV

/// Makes IDs without a server, for `idgen generate`. It claims and reserves as the server does, but
/// blocks where the server would answer 503.
public final class StandaloneSource {
  /// The maximum time to wait for a store that is away once the reserved time is over.
  private static let storePatienceMilliseconds: Int64 = 10_000

  private let loop: Loop
  private let source: IDSource
  private let timer: Timer
  private let didWait: (String) -> Void
  /// The code of the last reason for waiting that was reported.
  private var reportedCode: String?
  private let timestampTimer: HighResolutionTimer

  /// If the clock is behind by no more than this, the source waits: a crash leaves up to one lease
  /// window reserved.
  private var longestWaitMilliseconds: Int64 { max(3000, source.leaseWindowMilliseconds) }

  /// Returns once it has claimed a machine ID and reserved time.
  ///
  /// - Parameters:
  ///   - security: for a store over TLS.
  ///   - didWait: called with the reason when it has to wait for long.
  public init(
    _ configuration: IDConfiguration, security: (any StreamSecurity)? = nil,
    didWait: @escaping (String) -> Void
  ) throws(ServerError) {
    self.didWait = didWait
    do throws(UVError) {
      loop = try Loop()
      timer = try Timer(loop: loop)
      timestampTimer = try HighResolutionTimer(loop: loop) {}
    } catch {
      throw .loop(error)
    }
    do throws(StartError) {
      source = try IDSource(configuration, loop: loop, security: security)
    } catch {
      throw .start(error)
    }
    source.storeClient?.didWait = didWait
    var result: IDSource.StartResult?
    source.start(clock: ClockReading.now) { result = $0 }
    while result == nil { loop.runOnce() }
    if case .failure(let error) = result { throw .start(error) }
  }

  /// Makes 1…`count` IDs, and waits if none can be made yet.
  ///
  /// - Throws: ``ServerError/lost(_:)``, ``ServerError/start(_:)`` with the store's error, or
  ///   ``ServerError/unavailable(_:)``.
  public func nextRun(upTo count: Int) throws(ServerError) -> SnowflakeIDRun {
    var expiredMilliseconds: Int64?
    while true {
      // Handle what the store has answered while IDs were made and written.
      loop.runPending()
      let now = ClockReading.now()
      do throws(IDUnavailable) {
        return try source.nextRun(upTo: count, at: now)
      } catch .notYet {
        timestampTimer.start(afterNanoseconds: source.nanosecondsToNextTimestamp(at: now))
        loop.runOnce()  // The timer, or the store.
      } catch {
        switch error {
        case .reservationPending(let milliseconds):
          if milliseconds > StoreClient.patienceMilliseconds { reportWait(error) }
          wait(milliseconds: milliseconds)
        case .clock(.clockBehind(let milliseconds))
        where milliseconds <= longestWaitMilliseconds:
          wait(milliseconds: milliseconds)
        case .clockJumped:
          // Wait until the clock has held for a minute; a command does not handle SIGHUP.
          reportWait(error)
          wait(milliseconds: 1000)
        case .reservationLost(let error): throw .lost(error)
        case .reservationExpired
        where now.monotonicMilliseconds - (expiredMilliseconds ?? now.monotonicMilliseconds)
          < Self.storePatienceMilliseconds:
          // The reader of the IDs may have been slow, and the store's answer may not be handled
          // yet.
          expiredMilliseconds = expiredMilliseconds ?? now.monotonicMilliseconds
          wait(milliseconds: 100)
        case .reservationExpired(let error?): throw .start(.store(error))
        default: throw .unavailable(error.reason)
        }
      }
    }
  }

  /// Reports the reason for a long wait, once.
  private func reportWait(_ reason: IDUnavailable) {
    if reason.code != reportedCode { didWait(reason.reason) }
    reportedCode = reason.code
  }

  /// Waits for an event for at most this long, and renews the reservation if it is due.
  private func wait(milliseconds: Int64) {
    source.renewIfNeeded(at: .now())
    timer.start(afterMilliseconds: UInt64(min(milliseconds, 500))) {}
    loop.runOnce()
  }

  /// Releases the machine ID and the unused time.
  ///
  /// - Throws: why the store could not record the release.
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
