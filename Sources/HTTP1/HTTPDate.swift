/// A date as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT`: `IMF-fixdate` of RFC 9110
/// §5.6.7.
public struct HTTPDate: Sendable {
  /// The date's 29 ASCII characters.
  public let bytes: InlineArray<29, UInt8>

  /// - Parameters:
  ///   - weekday: 0…6, from Sunday.
  ///   - day: 1…31.
  ///   - month: 1…12.
  ///   - year: 0…9999.
  ///   - hour: 0…23.
  ///   - minute: 0…59.
  ///   - second: 0…60.
  public init(
    weekday: Int, day: Int, month: Int, year: Int, hour: Int, minute: Int, second: Int
  ) {
    var bytes = InlineArray<29, UInt8>(repeating: .space)
    func write(_ text: StaticString, at start: Int) {
      // A StaticString lives as long as the program; the index is below its count.
      for index in 0..<text.utf8CodeUnitCount {
        bytes[start + index] = unsafe text.utf8Start[index]
      }
    }
    func writeTwoDigits(_ value: Int, at start: Int) {
      bytes[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10)
      bytes[start + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
    }
    write(Self.weekdays[weekday], at: 0)
    write(",", at: 3)
    writeTwoDigits(day, at: 5)
    write(Self.months[month - 1], at: 8)
    writeTwoDigits(year / 100, at: 12)
    writeTwoDigits(year, at: 14)
    writeTwoDigits(hour, at: 17)
    write(":", at: 19)
    writeTwoDigits(minute, at: 20)
    write(":", at: 22)
    writeTwoDigits(second, at: 23)
    write("GMT", at: 26)
    self.bytes = bytes
  }

  static let weekdays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
