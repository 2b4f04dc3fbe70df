/// The recorded reservation of a machine ID.
package struct Reservation: Equatable, Sendable {
  /// The high-water mark: no timestamp from here on has been used. In milliseconds since 1970;
  /// the layout's epoch if no timestamp has been used.
  package var limit: Int64
  /// Both clocks at the time when the wall clock was last trusted; `nil` if the boot has no ID.
  package var clock: RecordedClock?

  package init(limit: Int64, clock: RecordedClock? = nil) {
    self.limit = limit
    self.clock = clock
  }
}

/// The process that has recorded a reservation.
package struct ReservationOwner: Equatable, Sendable {
  /// Random for each start of a process, not 0; `nil` with files, whose lock shows the owner.
  package var number: UInt64?
  /// The name of the host, or of the container, for operators; `nil` in records of earlier builds.
  package var host: String?
  /// For operators.
  package var processID: Int

  package init(number: UInt64? = nil, host: String? = nil, processID: Int) {
    self.number = number
    self.host = host
    self.processID = processID
  }
}

extension ReservationOwner: CustomStringConvertible {
  package var description: String {
    "process \(processID)" + (host.map { " on host \($0)" } ?? "")
  }
}

/// Both clocks at one time, and the boot of the host to which they belong.
package struct RecordedClock: Equatable, Sendable {
  /// See ``BootClock/bootID``.
  package var bootID: String
  /// 0 or more.
  package var unixMilliseconds: Int64
  /// The time since that boot, 0 or more.
  package var monotonicMilliseconds: Int64

  package init(bootID: String, unixMilliseconds: Int64, monotonicMilliseconds: Int64) {
    self.bootID = bootID
    self.unixMilliseconds = unixMilliseconds
    self.monotonicMilliseconds = monotonicMilliseconds
  }
}

extension RecordedClock {
  /// 2200-01-01T00:00:00Z. A later clock is not recorded.
  static let greatestMilliseconds: Int64 = 7_258_118_400_000

  /// Whether the values fit a record, and their differences to any clock cannot overflow.
  var isPlausible: Bool {
    max(unixMilliseconds, monotonicMilliseconds) <= Self.greatestMilliseconds
  }

  /// The form of a reading in a record; `nil` if the boot has no ID, or the values are not
  /// plausible.
  init?(_ reading: ClockReading, bootID: String?) {
    guard let bootID else { return nil }
    self.init(
      bootID: bootID, unixMilliseconds: max(0, reading.unixMilliseconds),
      monotonicMilliseconds: max(0, reading.monotonicMilliseconds))
    guard isPlausible else { return nil }
  }
}

extension ClockReading {
  /// The reading that was recorded.
  init(_ clock: RecordedClock) {
    self.init(
      unixMilliseconds: clock.unixMilliseconds, monotonicMilliseconds: clock.monotonicMilliseconds)
  }
}

extension ReservationClaim {
  /// The latest clock in any record of this boot; if there is none, the clock of this machine ID's
  /// record if that is of another boot.
  func lastClock(ofBoot bootID: String?, before now: ClockReading) -> RecordedClock? {
    let own = found.clock
    let clocks = (otherClocks + [own].compactMap { $0 }).filter {
      $0.bootID == bootID && $0.monotonicMilliseconds <= now.monotonicMilliseconds
    }
    return clocks.max { $0.monotonicMilliseconds < $1.monotonicMilliseconds }
      ?? (own?.bootID == bootID ? nil : own)
  }
}
