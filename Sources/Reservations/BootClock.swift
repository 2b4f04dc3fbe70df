import Glibc

/// The time since the host booted, including the time that it was suspended. It cannot be set, and
/// it never goes back. The clock is `CLOCK_BOOTTIME`.
package enum BootClock {
  /// Reads the clock. The C function is `clock_gettime`.
  package static func nowNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// The ID of this boot of the host. Readings of this clock can be compared only within one boot.
  ///
  /// 36 lowercase hexadecimal digits and dashes, as `random(4)` describes `boot_id`; `nil` if
  /// `/proc/sys` cannot be read, as in a sandbox that hides it.
  package static let bootID: String? = {
    let descriptor = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: BootID.characterCount)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    return BootID.isValid(text) ? text : nil
  }()
}

/// The syntax of a boot ID.
enum BootID {
  static let characterCount = 36

  /// Whether `text` is a boot ID as a record contains it.
  static func isValid(_ text: some StringProtocol) -> Bool {
    text.utf8.count == characterCount
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
