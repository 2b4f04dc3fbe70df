import ArgumentParser
import IDServer

/// The flags of every command that makes IDs.
struct IDOptions: ParsableArguments {
  @Option(
    help: .setting(
      .machineID, "0-1023, different for each process; or auto, with a state directory or etcd.",
      "required"))
  var machineID: String?

  @Option(help: .setting(.machineIDOffset, "Added to the machine ID; the sum is 0-1023.", "0"))
  var machineIDOffset: String?

  @Option(
    help: .setting(.machineIDRange, "Machine IDs of which auto takes a free one.", "0-1023"))
  var machineIDRange: String?

  @OptionGroup
  var store: StoreOptions

  @Option(
    help: .setting(
      .reservation, "How far ahead time is reserved: how long the store may be away.",
      "3000; 15000 with etcd"))
  var reservationMs: String?

  @Option(
    help: .setting(
      .clockSkew, "How far the clock may be from etcd's when a machine ID is claimed.", "10000"))
  var clockSkewMs: String?

  @Option(
    help: .setting(
      .clockTolerance, "How far the clock may be behind; further is an error.", "10"))
  var clockToleranceMs: String?

  var flags: [Setting: String] {
    let all: [Setting: String?] = [
      .machineID: machineID, .machineIDOffset: machineIDOffset,
      .machineIDRange: machineIDRange, .reservation: reservationMs, .clockSkew: clockSkewMs,
      .clockTolerance: clockToleranceMs,
    ]
    return all.compactMapValues { $0 }.merging(store.flags) { first, _ in first }
  }
}

/// The flags that select the store.
struct StoreOptions: ParsableArguments {
  @Option(
    help: .setting(
      .stateDirectory, "Folder in which time is reserved, so that no restart can repeat an ID.",
      "none"))
  var stateDir: String?

  @Option(
    help: .setting(
      .etcdEndpoints, "http://host:port,…: time is reserved in etcd, for all hosts.", "none"))
  var etcdEndpoints: String?

  @Option(help: .setting(.etcdPrefix, "Prefix of the keys in etcd.", "/idgen/"))
  var etcdPrefix: String?

  @Option(help: .setting(.etcdUsername, "A user of etcd's authentication.", "none"))
  var etcdUsername: String?

  @Option(help: .setting(.etcdPasswordFile, "The file with that user's password.", "none"))
  var etcdPasswordFile: String?

  var flags: [Setting: String] {
    let all: [Setting: String?] = [
      .stateDirectory: stateDir, .etcdEndpoints: etcdEndpoints, .etcdPrefix: etcdPrefix,
      .etcdUsername: etcdUsername, .etcdPasswordFile: etcdPasswordFile,
    ]
    return all.compactMapValues { $0 }
  }
}

/// The flags that limit what clients can make the server hold.
struct LimitOptions: ParsableArguments {
  @Option(help: .setting(.maxConnections, "Open connections.", "10000"))
  var maxConnections: String?

  @Option(help: .setting(.maxTargetBytes, "Length of a request target.", "8192"))
  var maxTargetBytes: String?

  @Option(help: .setting(.maxHeadBytes, "Length of a request line with its fields.", "16384"))
  var maxHeadBytes: String?

  @Option(help: .setting(.maxFields, "Number of fields.", "100"))
  var maxFields: String?

  @Option(help: .setting(.maxBodyBytes, "Length of a body, which is discarded.", "65536"))
  var maxBodyBytes: String?

  @Option(
    help: .setting(
      .maxQueuedBytes, "Bytes of responses a client may leave unread before reading pauses.",
      "1048576"
    ))
  var maxQueuedBytes: String?

  @Option(
    help: .setting(
      .maxHeldBytes, "Unread responses and unfinished requests of all clients.", "25165824"))
  var maxHeldBytes: String?

  @Option(help: .setting(.headTimeout, "Milliseconds for a whole head, or body.", "10000"))
  var headTimeoutMs: String?

  @Option(help: .setting(.idleTimeout, "Milliseconds between requests.", "75000"))
  var idleTimeoutMs: String?

  @Option(help: .setting(.drainTimeout, "Milliseconds from SIGTERM to the end.", "10000"))
  var drainTimeoutMs: String?

  var flags: [Setting: String?] {
    [
      .maxConnections: maxConnections, .maxTargetBytes: maxTargetBytes,
      .maxHeadBytes: maxHeadBytes, .maxFields: maxFields, .maxBodyBytes: maxBodyBytes,
      .maxQueuedBytes: maxQueuedBytes, .maxHeldBytes: maxHeldBytes, .headTimeout: headTimeoutMs,
      .idleTimeout: idleTimeoutMs, .drainTimeout: drainTimeoutMs,
    ]
  }
}

extension ArgumentHelp {
  static func setting(
    _ setting: Setting, _ text: String, _ defaultValue: String
  ) -> ArgumentHelp {
    ArgumentHelp("\(text) [\(setting.variable); \(defaultValue)]", valueName: "value")
  }
}
