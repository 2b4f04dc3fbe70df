public import Snowflake

/// A record of one layout, found by a process that makes IDs of another one. The two layouts can
/// make the same ID, so they must not share a store.
public struct LayoutMismatch: Equatable, Sendable {
  /// The record's file or key.
  public var name: String
  public var recorded: SnowflakeLayout
  /// The record's limit, in milliseconds since 1970.
  public var limitUnixMilliseconds: Int64
  /// The layout of this process.
  public var requested: SnowflakeLayout
  /// The clock, in milliseconds since 1970.
  public var nowUnixMilliseconds: Int64
  /// Another record, which cannot be read and may allow greater IDs; `nil` if there is none.
  public var unreadableName: String?

  public init(
    name: String, recorded: SnowflakeLayout, limitUnixMilliseconds: Int64,
    requested: SnowflakeLayout, nowUnixMilliseconds: Int64
  ) {
    self.name = name
    self.recorded = recorded
    self.limitUnixMilliseconds = limitUnixMilliseconds
    self.requested = requested
    self.nowUnixMilliseconds = nowUnixMilliseconds
  }

  /// The greatest ID that any machine can have made with the record's layout before its limit;
  /// `nil` if there is none.
  public var greatestID: SnowflakeID? {
    let epoch = recorded.epochUnixMilliseconds
    return recorded.ids(madeIn: epoch..<max(epoch, limitUnixMilliseconds))?.upperBound
  }

  /// Whether servers can go over from the record's layout to the requested one. They can once every
  /// new ID is greater than every old one: with the same fields, at once if the new epoch is
  /// earlier, and after the difference of the epochs if it is later.
  public enum Move: Equatable, Sendable {
    /// No ID can have been made with the record.
    case unused
    /// Now: new IDs are greater than this one, which all servers must be given as `--after`.
    case possible(after: SnowflakeID)
    /// From this time on, in milliseconds since 1970.
    case later(unixMilliseconds: Int64, after: SnowflakeID)
    /// The requested layout makes no ID that is greater than this one.
    case never(after: SnowflakeID)
  }

  public var move: Move {
    guard let greatestID else { return .unused }
    guard let time = requested.firstUnixMilliseconds(after: greatestID) else {
      return .never(after: greatestID)
    }
    return time <= nowUnixMilliseconds
      ? .possible(after: greatestID) : .later(unixMilliseconds: time, after: greatestID)
  }
}

extension LayoutMismatch: CustomStringConvertible {
  public var description: String {
    "\(name) is of the layout \(recorded.fullDescription), and this process makes IDs of the "
      + "layout \(requested.fullDescription): two layouts can make the same ID. \(advice)"
  }

  private var advice: String {
    switch move {
    case .unused:
      "No ID has been made with this record: delete it if no process has the machine ID"
    case .possible(let id) where unreadableName != nil,
      .later(_, let id) where unreadableName != nil:
      "It cannot be said whether the move is safe: \(unreadableName ?? "") cannot be read, and IDs "
        + "greater than \(id) can have been made with it"
    case .possible(let id):
      "The move is safe, because new IDs are greater: stop all servers of this store, start one "
        + "again to see the last ID here, then start all with a new, empty STATE_DIR (or "
        + "ETCD_PREFIX) and --after \(id)"
    case .later(let time, let id):
      "The move cannot be made now: IDs up to \(id) can have been made, and new IDs are greater "
        + "only from \(UTCTime(unixMilliseconds: time)) on, if all servers of this store are stopped "
        + "until then"
    case .never(let id):
      "The move cannot be made: IDs up to \(id) can have been made, and no new ID is greater"
    }
  }
}

extension SnowflakeLayout {
  /// The name, if it has one, the bits and the epoch.
  fileprivate var fullDescription: String {
    presetName.map { "\($0) (\(bitsText) since \(epoch))" } ?? description
  }
}

extension Sequence<LayoutMismatch> {
  /// The one whose record allows the greatest ID: what holds for that one holds for all.
  func greatest() -> LayoutMismatch? {
    self.max { ($0.greatestID?.rawValue ?? 0) < ($1.greatestID?.rawValue ?? 0) }
  }
}
