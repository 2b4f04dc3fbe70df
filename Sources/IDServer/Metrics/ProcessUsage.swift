import API
import Glibc

/// The resources that the process uses, under the standard metric names of Prometheus clients.
struct ProcessUsage {
  /// The time of the first access, which the server makes when it starts.
  static let startUnixSeconds = seconds(CLOCK_REALTIME)

  /// User and system time.
  var cpuSeconds: Double
  var descriptorLimit: Int
  /// Read from `/proc`; `nil` if it is not mounted.
  var openDescriptors: Int?
  var residentBytes: Int?
  var virtualBytes: Int?

  /// The C functions are `clock_gettime` and `getrlimit`.
  static func now() -> ProcessUsage {
    let memory = pages()
    return ProcessUsage(
      cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID), descriptorLimit: FileLimit.soft,
      openDescriptors: openDescriptors(), residentBytes: memory?.resident,
      virtualBytes: memory?.virtual)
  }

  func describe(in text: inout MetricsText) {
    text.counter(
      "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", cpuSeconds)
    if let residentBytes {
      text.gauge("process_resident_memory_bytes", "Resident memory size in bytes.", residentBytes)
    }
    if let virtualBytes {
      text.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", virtualBytes)
    }
    if let openDescriptors {
      text.gauge("process_open_fds", "Number of open file descriptors.", openDescriptors)
    }
    text.gauge("process_max_fds", "Maximum number of open file descriptors.", descriptorLimit)
    text.gauge(
      "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.", Self.startUnixSeconds)
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec / 1000) / 1e6
  }

  /// The number of open descriptors. The C function is `stat`: since Linux 6.2, the size of
  /// `/proc/self/fd` is the number of its entries. Counting ten thousand entries would take
  /// milliseconds.
  private static func openDescriptors() -> Int? {
    var status = stat()
    guard unsafe stat("/proc/self/fd", &status) == 0, status.st_size > 0 else { return nil }
    return Int(status.st_size)
  }

  /// The first two numbers of `/proc/self/statm`, in bytes.
  private static func pages() -> (virtual: Int, resident: Int)? {
    let descriptor = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    let numbers = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
    guard numbers.count > 1, let size = Int(numbers[0]), let resident = Int(numbers[1])
    else { return nil }
    return (size * Int(getpagesize()), resident * Int(getpagesize()))
  }
}
