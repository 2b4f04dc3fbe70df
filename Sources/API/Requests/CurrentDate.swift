import Snowflake

/// The value of `Date`, formatted once a second.
struct CurrentDate {
  let unixSecond: Int64
  let value: [UInt8]

  init(unixSecond: Int64) {
    self.unixSecond = unixSecond
    let time = UTCTime(unixMilliseconds: unixSecond * 1000)
    value = Array(time.formatted(UTCTime.httpDate).utf8)
  }
}
