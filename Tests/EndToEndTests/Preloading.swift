import Foundation
import Testing

/// A test that sets the program's clock or breaks its disk has a library loaded before the C
/// library: `LD_PRELOAD`. Not every program can be tested so.
enum Preloading {
  /// A static program has no loader that would read `LD_PRELOAD`.
  ///
  /// Nothing else fakes a clock for one soundly. A time namespace (`unshare --time`) moves
  /// CLOCK_MONOTONIC and CLOCK_BOOTTIME alone, never CLOCK_REALTIME. Clocks are read in the vDSO,
  /// so neither ptrace nor seccomp sees them unless that is taken away, and then the program under
  /// test would no longer read clocks as it does in production. The clock of the machine is not a
  /// test's to set. What depends on the clock is the same Swift code in both programs; what differs
  /// is how it is linked.
  static let isPossible = Tool.staticProgram == nil
  static let obstacle: Comment = "LD_PRELOAD does nothing to a static program"

  /// A test without the trait would otherwise pass, or fail, on the system's clock and a sound
  /// disk.
  static func check() throws {
    guard isPossible else { throw HarnessError("\(obstacle): the test lacks a trait that says so") }
  }

  /// Whether the programs are built with AddressSanitizer. It asks for the time before libfaketime
  /// is ready, and the two wait for each other.
  fileprivate static let isSanitized = unsafe dlsym(nil, "__asan_address_is_poisoned") != nil
}

extension Trait where Self == ConditionTrait {
  /// The test, or all of the suite, sets the program's clock: ``FakeClock``.
  static var setsClock: Self {
    Preloading.isSanitized
      ? .disabled("libfaketime and AddressSanitizer do not go together")
      : .enabled(if: Preloading.isPossible, Preloading.obstacle)
  }

  /// The test puts functions of its own between the program and the system: ``PreloadedLibrary``.
  static var preloadsLibrary: Self { .enabled(if: Preloading.isPossible, Preloading.obstacle) }
}
