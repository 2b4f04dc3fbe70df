import Testing

@testable import API
@testable import IDServer

struct ProcessUsageTests {
  @Test func usageIsWhatARunningProcessHas() throws {
    let usage = ProcessUsage.now()
    #expect(usage.cpuSeconds > 0)
    #expect(usage.descriptorLimit > 3)
    #expect(ProcessUsage.startUnixSeconds > 1_704_067_200)
    let resident = try #require(usage.residentBytes)
    #expect(resident > 1_000_000)
    #expect(try #require(usage.virtualBytes) > resident)
    // Not told before Linux 6.2.
    #expect(usage.openDescriptors.map { 3...usage.descriptorLimit ~= $0 } ?? true)
  }

  @Test func namesAreThoseThatAllClientsUse() {
    var text = MetricsText()
    ProcessUsage(
      cpuSeconds: 1.5, descriptorLimit: 1024, openDescriptors: 7, residentBytes: 4096,
      virtualBytes: 8192
    ).describe(in: &text)
    let samples = text.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      samples.dropLast() == [
        "process_cpu_seconds_total 1.5", "process_resident_memory_bytes 4096",
        "process_virtual_memory_bytes 8192", "process_open_fds 7", "process_max_fds 1024",
      ])
    #expect(samples.last == "process_start_time_seconds \(ProcessUsage.startUnixSeconds)")
  }
}
