import TestSupport
import Testing

@testable import Reservations

struct ForwardJumpDetectorTests {
  static let start = ClockReading(unixMilliseconds: 1_769_689_174_499, monotonicMilliseconds: 5000)

  /// How far both clocks have advanced since the start, and the jump that is detected then.
  struct Look: Sendable {
    let wall: Int64
    let monotonic: Int64
    let jump: Int64?
  }

  @Test(arguments: [
    // The same time, and clocks that advance together.
    Look(wall: 0, monotonic: 0, jump: nil),
    Look(wall: 86_400_000, monotonic: 86_400_000, jump: nil),
    // A gain of a minute is allowed, and no more.
    Look(wall: 60_000, monotonic: 0, jump: nil),
    Look(wall: 60_001, monotonic: 0, jump: 60_001),
    Look(wall: 61_000, monotonic: 1000, jump: nil),
    Look(wall: 61_002, monotonic: 1000, jump: 60_002),
    // A clock that NTP slews gains a thousandth at most.
    Look(wall: 1_000_000 + 61_000, monotonic: 1_000_000, jump: nil),
    Look(wall: 1_000_000 + 61_001, monotonic: 1_000_000, jump: 61_001),
    // The generator detects a clock that goes back.
    Look(wall: -3_600_000, monotonic: 0, jump: nil),
    Look(wall: -1, monotonic: 86_400_000, jump: nil),
    Look(wall: 31_536_000_000, monotonic: 1000, jump: 31_535_999_000),
  ])
  func oneLook(_ look: Look) {
    var detector = ForwardJumpDetector()
    detector.accept(Self.start)
    #expect(detector.jump(at: Self.start.later(look.wall, look.monotonic)) == look.jump)
  }

  @Test func withoutAReferenceThereIsNoJump() {
    var detector = ForwardJumpDetector()
    #expect(detector.jump(at: Self.start) == nil)
    #expect(detector.jump(at: Self.start.later(3_600_000, 0)) == nil)
  }

  /// A jump by an hour, and then the readings of each case.
  @Test(arguments: [
    // The clock holds for a minute after the jump was detected.
    [
      Look(wall: 3_600_000, monotonic: 0, jump: 3_600_000),
      Look(wall: 3_659_999, monotonic: 59_999, jump: 3_600_000),
      Look(wall: 3_660_000, monotonic: 60_000, jump: nil),
    ],
    // The gain varies by a second: still the same jump.
    [
      Look(wall: 3_600_000, monotonic: 0, jump: 3_600_000),
      Look(wall: 3_631_000, monotonic: 30_000, jump: 3_601_000),
      Look(wall: 3_659_000, monotonic: 60_000, jump: nil),
    ],
    // The clock jumps again: the minute begins again.
    [
      Look(wall: 3_600_000, monotonic: 0, jump: 3_600_000),
      Look(wall: 3_661_001, monotonic: 60_000, jump: 3_601_001),
      Look(wall: 3_721_000, monotonic: 119_999, jump: 3_601_001),
      Look(wall: 3_721_001, monotonic: 120_000, jump: nil),
    ],
    // The clock goes back, and jumps again: that is another jump.
    [
      Look(wall: 3_600_000, monotonic: 0, jump: 3_600_000),
      Look(wall: 30_000, monotonic: 30_000, jump: nil),
      Look(wall: 3_660_000, monotonic: 60_000, jump: 3_600_000),
      Look(wall: 3_720_000, monotonic: 120_000, jump: nil),
    ],
  ])
  func looks(_ looks: [Look]) {
    var detector = ForwardJumpDetector()
    detector.accept(Self.start)
    for look in looks {
      #expect(
        detector.jump(at: Self.start.later(look.wall, look.monotonic)) == look.jump, "\(look)")
    }
  }

  @Test func operatorCanConfirmTheClock() {
    var detector = ForwardJumpDetector()
    detector.accept(Self.start)
    let jumped = Self.start.later(3_600_000, 0)
    #expect(detector.jump(at: jumped) == 3_600_000)
    detector.accept(jumped)
    #expect(detector.jump(at: jumped) == nil)
    #expect(detector.jump(at: jumped.later(60_001, 0)) == 60_001)
  }
}
