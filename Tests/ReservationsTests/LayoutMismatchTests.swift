import Snowflake
import TestSupport
import Testing

@testable import Reservations

/// Which moves from one layout to another are safe, and what an operator reads about them.
struct LayoutMismatchTests {
  private static let now = ClockReading.example.unixMilliseconds
  private static let year: Int64 = 365 * 86_400_000

  private static func mismatch(
    _ recorded: SnowflakeLayout, _ requested: SnowflakeLayout, limit: Int64 = now
  ) -> LayoutMismatch {
    LayoutMismatch(
      name: "/state/machine-7", recorded: recorded, limitUnixMilliseconds: limit,
      requested: requested, nowUnixMilliseconds: now)
  }

  /// Each preset against each other one, by the least ID that the new layout makes at a time.
  @Test func presets() throws {
    for (name, recorded) in SnowflakeLayout.presets {
      for (otherName, requested) in SnowflakeLayout.presets where recorded != requested {
        let mismatch = Self.mismatch(recorded, requested)
        let greatest = try #require(recorded.ids(madeIn: 0..<Self.now)?.upperBound)
        #expect(mismatch.greatestID == greatest)
        func isGreater(at time: Int64) -> Bool {
          requested.ids(madeIn: time..<time + 1).map { $0.lowerBound > greatest } ?? false
        }
        let pair = "\(name) to \(otherName)"
        switch mismatch.move {
        case .unused: Issue.record("\(pair): no ID")
        case .possible(let after):
          #expect(after == greatest)
          #expect(isGreater(at: Self.now), "\(pair)")
        case .later(let time, let after):
          #expect(after == greatest)
          #expect(time > Self.now, "\(pair)")
          #expect(isGreater(at: time) && !isGreater(at: time - 1), "\(pair)")
        case .never(let after):
          #expect(after == greatest)
          #expect(!isGreater(at: requested.lastUnixMilliseconds), "\(pair)")
        }
      }
    }
  }

  /// A record that cannot be read may allow greater IDs, so no move is called safe.
  @Test(arguments: [SnowflakeLayout.twitter, .sonyflake2])
  func anUnreadableRecordIsNamed(_ requested: SnowflakeLayout) throws {
    var mismatch = Self.mismatch(.default, requested)
    mismatch.unreadableName = "/state/machine-4"
    let greatest = try #require(mismatch.greatestID)
    #expect(
      "\(mismatch)".hasSuffix(
        "It cannot be said whether the move is safe: /state/machine-4 cannot be read, and IDs greater "
          + "than \(greatest) can have been made with it"))
    #expect(!"\(mismatch)".contains("--after"))
  }

  /// The presets that a default server can go over to, and those that it cannot.
  @Test(
    arguments: [
      (.twitter, "possible"), (.discord, "possible"), (.tsid, "possible"),
      (.sonyflake, "possible"), (.sonyflake2, "later"), (.javascript, "never"),
    ] as [(SnowflakeLayout, String)])
  func fromTheDefault(_ requested: SnowflakeLayout, _ expected: String) {
    #expect("\(Self.mismatch(.default, requested).move)".hasPrefix(expected))
  }

  /// With the default's epoch: as many bits below the timestamp are enough, fewer are not.
  @Test(arguments: [(11, 11, "possible"), (10, 11, "later"), (8, 14, "possible")])
  func fromTheDefault(toBits machineID: Int, _ sequence: Int, _ expected: String) throws {
    let requested = try SnowflakeLayout(
      timestampBits: 41, machineIDBits: machineID, sequenceBits: sequence,
      epochUnixMilliseconds: SnowflakeLayout.default.epochUnixMilliseconds)
    #expect("\(Self.mismatch(.default, requested).move)".hasPrefix(expected))
  }

  /// With the same fields, an earlier epoch is safe at once, and a later one overlaps for the
  /// difference.
  @Test(arguments: [-year, -1, 1, year])
  func epochs(_ difference: Int64) throws {
    let requested = try SnowflakeLayout.default.with(epochUnixMilliseconds: epoch + difference)
    let move = Self.mismatch(.default, requested).move
    if difference < 0 {
      guard case .possible = move else { return #expect(Bool(false), "\(move)") }
    } else {
      guard case .later(let time, _) = move else { return #expect(Bool(false), "\(move)") }
      #expect(time == Self.now + difference)
    }
  }

  /// With a limit of the epoch, no ID has been made.
  @Test func unused() {
    let mismatch = Self.mismatch(.default, .javascript, limit: epoch)
    #expect(mismatch.move == .unused)
    #expect("\(mismatch)".hasSuffix("delete it if no process has the machine ID"))
  }

  @Test func text() throws {
    let bits = try SnowflakeLayout(
      timestampBits: 42, machineIDBits: 9, sequenceBits: 12, epochUnixMilliseconds: epoch)
    let both = """
      /state/machine-7 is of the layout default (41/10/12 since 2024-01-01T00:00:00.000Z), and \
      this process makes IDs of the layout
      """
    let limit = Self.now - 86_400_000
    let cases: [(LayoutMismatch, String)] = [
      (
        Self.mismatch(.default, .sonyflake, limit: limit),
        """
        sonyflake (39 of 10 ms/8 sequence/16 machine since 2014-09-01T00:00:00.000Z): two layouts \
        can make the same ID. The move is safe, because new IDs are greater: stop all servers of \
        this store, start one again to see the last ID here, then start all with a new, empty \
        STATE_DIR (or ETCD_PREFIX) and --after 274876122263453695
        """
      ),
      (
        Self.mismatch(.default, try .default.with(epochUnixMilliseconds: epoch + Self.year)),
        """
        41/10/12 since 2024-12-31T00:00:00.000Z: two layouts can make the same ID. The move cannot \
        be made now: IDs up to 275238510129053695 can have been made, and new IDs are greater only \
        from 2027-01-29T12:19:34.499Z on, if all servers of this store are stopped until then
        """
      ),
      (
        Self.mismatch(.default, .javascript),
        """
        javascript (41/6/6 since 2024-01-01T00:00:00.000Z): two layouts can make the same ID. The \
        move cannot be made: IDs up to 275238510129053695 can have been made, and no new ID is \
        greater
        """
      ),
    ]
    for (mismatch, text) in cases {
      #expect("\(StoreError.otherLayout(mismatch))" == both + " " + text)
    }
    #expect("\(Self.mismatch(.default, bits))".contains("42/9/12 since 2024-01-01"))
  }

  /// The record that allows the greatest ID decides.
  @Test func theGreatestDecides() {
    let all = [
      Self.mismatch(.default, .tsid), Self.mismatch(.javascript, .tsid),
      Self.mismatch(.default, .tsid, limit: Self.now + 1), Self.mismatch(.default, .tsid, limit: 0),
    ]
    #expect(all.greatest() == all[2])
    #expect([LayoutMismatch]().greatest() == nil)
  }
}
