import Snowflake
import TestSupport
import Testing

struct GeneratorErrorTests {
  @Test(arguments: [
    (
      GeneratorError.clockBehind(milliseconds: 12),
      "the clock is 12 ms behind the last timestamp used"
    ),
    (
      .clockBeforeEpoch(unixMilliseconds: 0, epochUnixMilliseconds: epoch),
      "the clock reads 1970-01-01T00:00:00.000Z, before the epoch 2024-01-01T00:00:00.000Z"
    ),
    (
      .clockPastMaximum(
        unixMilliseconds: 3_903_090_455_552,
        lastUnixMilliseconds: SnowflakeLayout.default.lastUnixMilliseconds),
      "the clock reads 2093-09-06T15:47:35.552Z, "
        + "past the last timestamp 2093-09-06T15:47:35.551Z"
    ),
    (
      .sequenceExhausted(untilUnixMilliseconds: 1_769_689_174_500),
      "all IDs of this timestamp are used up until 2026-01-29T12:19:34.500Z"
    ),
  ])
  func description(_ error: GeneratorError, _ expected: String) {
    #expect(error.description == expected)
  }
}
