package import Reservations

extension ClockReading {
  /// Milliseconds since the epoch of the default layout.
  package var timestamp: Int64 { unixMilliseconds - epoch }
}

extension Reservation {
  /// The reservation of a machine ID that nobody has had.
  package static let none = Reservation(limit: epoch)
}
