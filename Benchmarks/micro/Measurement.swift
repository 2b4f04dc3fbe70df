import AllocationCount
import Glibc

/// What one operation costs.
struct Measurement {
  /// The median of the batches' means, in nanoseconds of this process's CPU time: other programs do
  /// not count.
  var nanoseconds: Double
  var allocations: Double

  private static let batchCount = 31
  private static let batchNanoseconds = 10_000_000

  /// Measures `operation`, which does its work as many times as it is told.
  init(_ operation: (_ times: Int) -> Void) {
    // Warms up, and finds how many times fill a batch.
    var times = 64
    while Self.nanoseconds({ operation(times) }) < Self.batchNanoseconds { times *= 2 }
    let allocationsBefore = allocation_count()
    operation(times)
    allocations = Double(allocation_count() - allocationsBefore) / Double(times)
    let batches = (0..<Self.batchCount).map { _ in
      Double(Self.nanoseconds { operation(times) }) / Double(times)
    }
    nanoseconds = batches.sorted()[Self.batchCount / 2]
  }

  private static func nanoseconds(_ body: () -> Void) -> Int {
    let start = processTime()
    body()
    return processTime() - start
  }

  /// The C function is `clock_gettime`, with `CLOCK_PROCESS_CPUTIME_ID`.
  private static func processTime() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}

/// Keeps the compiler from leaving out work whose result nobody uses.
@inline(never)
func consume<T>(_ value: T) {}
