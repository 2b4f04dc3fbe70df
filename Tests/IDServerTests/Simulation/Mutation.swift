/// A rule of the design taken out, in the model around the production code. Each must let the
/// simulation find an ID twice: a proof that would pass without a rule proves nothing of it.
enum Mutation: String, CaseIterable {
  /// The store says that a limit is durable, and writes it afterwards.
  case savesAfterTheFact = "state saved after the fact"
  /// The store says that a limit is durable once it is written, and synchronizes it afterwards.
  case acknowledgesBeforeSync = "written, not synchronized"
  /// A claim says that every timestamp is free.
  case startsAnywhere = "no start at the limit"
  /// A claim succeeds whoever holds the machine ID.
  case hasNoLock = "no lock"
  /// The generator has no limit, only a start.
  case hasNoLimit = "no limit"
  /// The sequence is reset before the clock is compared.
  case resetsBeforeComparing = "no compare before change"
  /// A clean stop cuts the limit back to the last ID, not past it.
  case cutsBackTooFar = "cut back by one too much"
  /// What cannot be read is taken for new.
  case guessesWhatIsTorn = "a torn record is guessed at"
}
