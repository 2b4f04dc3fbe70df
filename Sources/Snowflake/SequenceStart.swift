/// The sequence with which each timestamp begins.
public enum SequenceStart: String, CaseIterable, Sendable {
  /// 0. At low rates, most IDs have sequence 0.
  case zero
  /// The low four bits go on from the last sequence, so the IDs of one generator take all 16 values
  /// of these bits in turn, at any rate. If the layout has the sequence lowest, `id % 16` is even,
  /// and so are `id % 8`, `% 4` and `% 2`; `id % 32` is not, nor are those of every other ID.
  ///
  /// A timestamp whose predecessor was not used up has up to 15 IDs less, but at least one.
  case carried

  /// The bits of the last sequence with which the next timestamp goes on.
  func carriedBits(in layout: SnowflakeLayout) -> Int {
    switch self {
    case .zero: 0
    case .carried: min(15, layout.maximumSequence)
    }
  }
}
