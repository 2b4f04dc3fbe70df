import HTTP1
package import Snowflake

/// The least and the greatest ID that any machine can have made in an interval of time, for
/// `GET /bounds` and `idgen bounds`.
package struct IDBounds: Equatable {
  package let first: SnowflakeID
  package let last: SnowflakeID

  /// The bounds of the half-open interval between two texts, `nil` if one is missing. What lies
  /// outside the layout's time is cut off.
  ///
  /// - Throws: a problem with what is allowed, if a text is missing or malformed, if `from` is not
  ///   before `to`, or if no ID can have been made in between.
  package init(
    from fromText: String?, to toText: String?, layout: SnowflakeLayout
  ) throws(Problem) {
    let from = try Self.time(fromText, name: "from", roundingUp: false)
    let to = try Self.time(toText, name: "to", roundingUp: true)
    let given = {
      "from is \"\(fromText?.shortened ?? "")\" and to is \"\(toText?.shortened ?? "")\""
    }
    guard from < to else {
      throw Problem(
        status: .badRequest, code: "empty_interval",
        detail: "\(given()): from must be before to, by a millisecond at least.")
    }
    guard let ids = layout.ids(madeIn: from..<to) else {
      throw Problem(
        status: .badRequest, code: "interval_out_of_range",
        detail: "\(given()): a time from \(layout.epoch) to \(layout.lastTime) is required in "
          + "between, because IDs are made only then.")
    }
    (first, last) = (ids.lowerBound, ids.upperBound)
  }

  /// The milliseconds since 1970 of a parameter: RFC 3339, or digits.
  private static func time(
    _ text: String?, name: String, roundingUp: Bool
  ) throws(Problem) -> Int64 {
    let allowed =
      "a time is required, such as 2026-01-29T12:19:34.499Z, 2026-01-29 or 1769689174499, "
      + "milliseconds since 1970"
    guard let text else {
      throw Problem(
        status: .badRequest, code: "invalid_time", detail: "\(name) is missing: \(allowed).")
    }
    guard let time = UTCTime.unixMilliseconds(text, roundingUp: roundingUp) else {
      throw Problem(
        status: .badRequest, code: "invalid_time",
        detail: "\(name) is \"\(text.shortened)\": \(allowed).")
    }
    return time
  }

  /// The bounds as a JSON object.
  package var json: String { json(.number) }

  /// - Parameter format: `.string` for the IDs as strings.
  func json(_ format: IDFormat) -> String {
    "{\"first\": \(format.json(first)), \"last\": \(format.json(last))}"
  }
}
