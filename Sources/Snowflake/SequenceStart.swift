/// The sequence with which each timestamp begins.
public enum SequenceStart: String, CaseIterable, Sendable {
  /// 0. At low rates, most IDs have sequence 0, so their low bits are the same.
  case zero
  /// The low four bits go on from the last sequence, so the IDs of one generator take all 16 values
  /// of these bits in turn, at any rate. If the layout has the sequence lowest, `id % 16` is evenly
  /// distributed, and so are `id % 8`, `id % 4` and `id % 2`; `id % 32` is not. If two clients take
  /// IDs in turn, each of them gets only 8 of the 16 values.
  ///
  /// A timestamp whose predecessor was not used up has up to 15 IDs fewer, but at least one.
  case carried

  /// The mask of the bits with which the next timestamp goes on: all of the four low bits that the
  /// layout's sequence has, or none.
  func carriedBits(in layout: SnowflakeLayout) -> Int {
    switch self {
    case .zero: 0
    case .carried: min(15, layout.maximumSequence)
    }
  }
}
