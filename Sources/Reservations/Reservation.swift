/// What is recorded of a machine ID's time.
package struct Reservation: Equatable, Sendable {
  /// No timestamp from here on has been used. In milliseconds since the epoch of the format.
  package var limit: Int64
  /// The clocks as they were when they were last believed; `nil` if the boot has no identity.
  package var clock: RecordedClock?

  package init(limit: Int64, clock: RecordedClock? = nil) {
    self.limit = limit
    self.clock = clock
  }
}

/// Who has recorded a reservation.
package struct ReservationOwner: Equatable, Sendable {
  /// Chosen at random at each start, not 0; `nil` where a lock and not the record says who owns it.
  package var number: UInt64?
  /// The host's name, for people; `nil` where all processes are of one host.
  package var host: String?
  /// For people.
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

/// Both clocks at one moment, and the boot of the host in which that was.
package struct RecordedClock: Equatable, Sendable {
  /// See ``BootClock/bootID``.
  package var bootID: String
  /// 0 or more.
  package var unixMilliseconds: Int64
  /// Since that boot, 0 or more.
  package var monotonicMilliseconds: Int64

  package init(bootID: String, unixMilliseconds: Int64, monotonicMilliseconds: Int64) {
    self.bootID = bootID
    self.unixMilliseconds = unixMilliseconds
    self.monotonicMilliseconds = monotonicMilliseconds
  }
}

extension RecordedClock {
  /// 2200-01-01T00:00:00Z, long after the last ID.
  static let greatestMilliseconds: Int64 = 7_258_118_400_000

  /// Whether differences to any clock can be told without overflow, and a record holds it.
  var isPlausible: Bool {
    max(unixMilliseconds, monotonicMilliseconds) <= Self.greatestMilliseconds
  }

  /// What to record of a reading; `nil` if the boot has no identity.
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
  /// The last clock that any record of this boot holds; else that of the machine ID, of another boot.
  func lastClock(ofBoot bootID: String?, before now: ClockReading) -> RecordedClock? {
    let own = found.clock
    let clocks = (otherClocks + [own].compactMap { $0 }).filter {
      $0.bootID == bootID && $0.monotonicMilliseconds <= now.monotonicMilliseconds
    }
    return clocks.max { $0.monotonicMilliseconds < $1.monotonicMilliseconds }
      ?? (own?.bootID == bootID ? nil : own)
  }
}
