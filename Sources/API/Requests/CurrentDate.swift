import HTTP1
import Snowflake

/// The value of `Date`, formatted once a second.
struct CurrentDate {
  let unixSecond: Int64
  let value: HTTPDate

  init(unixSecond: Int64) {
    self.unixSecond = unixSecond
    value = HTTPDate(UTCTime(unixMilliseconds: unixSecond * 1000))
  }
}

extension HTTPDate {
  init(_ time: UTCTime) {
    self.init(
      weekday: time.weekday, day: time.day, month: time.month, year: time.year, hour: time.hour,
      minute: time.minute, second: time.second)
  }
}
