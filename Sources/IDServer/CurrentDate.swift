import HTTP1
import Snowflake

/// The value of `Date`, made anew once a second.
struct CurrentDate {
  private(set) var unixSecond = Int64.min
  private(set) var value = HTTPDate(UTCTime(unixMilliseconds: 0))

  mutating func update(at now: ClockReading) {
    let second = now.unixMilliseconds / 1000
    guard second != unixSecond else { return }
    unixSecond = second
    value = HTTPDate(UTCTime(unixMilliseconds: now.unixMilliseconds))
  }
}

extension HTTPDate {
  init(_ time: UTCTime) {
    self.init(
      weekday: time.weekday, day: time.day, month: time.month, year: time.year, hour: time.hour,
      minute: time.minute, second: time.second)
  }
}
