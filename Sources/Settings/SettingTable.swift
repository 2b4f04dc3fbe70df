import API
import HTTP1
import IDServer
import Reservations
import Snowflake

/// Settings that belong together, as the help shows them.
public struct SettingGroup: Sendable {
  public let title: String
  public let settings: [Setting]
}

// One entry says everything about a setting: its variable, from which the flag follows; its type
// and range; where its value goes, and with that its default; and its help.

extension SettingGroup {
  /// Those of `serve`.
  public static let serve = [required, store, layout, listening, logs, ids, limits]

  /// What every server needs.
  public static let required = SettingGroup(
    title: "Required",
    settings: [
      Setting(
        "MACHINE_ID", .unchecked("\(machineIDs), auto"), to: \.machineID.machineID,
        default: "required",
        "A number that no other process uses at the same time. auto takes a free one; it needs a "
          + "store. The layout sets the range: this is the default's.")
    ])

  /// Where machine IDs are claimed and time is reserved.
  public static let store = SettingGroup(
    title: "Store",
    settings: [
      Setting(
        "STATE_DIR", .nonEmpty("folder"), to: \.store.directory, default: "none",
        "Reserve time in this folder, so that no restart repeats an ID: for the processes of one "
          + "host."),
      Setting(
        "ETCD_ENDPOINTS", .etcdEndpoints, to: \.store.etcdEndpoints, default: "none",
        "Reserve time in this etcd cluster: for the processes of many hosts. Not together with a "
          + "folder."),
      Setting(
        "ETCD_PREFIX", .etcdPrefix, to: \.store.etcd.prefix, requires: ["ETCD_ENDPOINTS"],
        "The beginning of the keys in etcd."),
      Setting(
        "ETCD_CA_FILE", .nonEmpty("file"), to: \.store.etcd.tls.authoritiesFile,
        requires: ["ETCD_ENDPOINTS"], default: "the system's",
        "The authorities that are trusted for https://, in PEM."),
      Setting(
        "ETCD_CERTIFICATE_FILE", .nonEmpty("file"), to: \.store.etcd.tls.certificateFile,
        requires: ["ETCD_ENDPOINTS", "ETCD_KEY_FILE"], default: "none",
        "The certificate by which this process identifies itself to etcd, in PEM."),
      Setting(
        "ETCD_KEY_FILE", .nonEmpty("file"), to: \.store.etcd.tls.keyFile,
        requires: ["ETCD_ENDPOINTS", "ETCD_CERTIFICATE_FILE"], default: "none",
        "The key of that certificate, in PEM."),
      Setting(
        "ETCD_USERNAME", .nonEmpty("user"), to: \.store.etcdUsername,
        requires: ["ETCD_ENDPOINTS", "ETCD_PASSWORD_FILE"], default: "none",
        "The user of etcd's authentication."),
      Setting(
        "ETCD_PASSWORD_FILE", .nonEmpty("file"), to: \.store.etcdPasswordFile,
        requires: ["ETCD_ENDPOINTS", "ETCD_USERNAME"], default: "none",
        "The file whose first line is that user's password."),
    ])

  /// The layout, and what else decides on the bits of an ID: for commands that make IDs.
  public static let layout = SettingGroup(
    title: bits.title,
    settings: bits.settings + [
      Setting(
        "SEQUENCE_START", .choice, to: \.layout.sequenceStart,
        default: SequenceStart.zero.rawValue,
        "The sequence with which each timestamp begins. carried goes on from the low four bits of "
          + "the last one, so that id % 16 is evenly distributed at low rates too; it can cost 15 "
          + "IDs a timestamp.")
    ])

  /// The layout alone: for commands that read IDs.
  public static let bits = SettingGroup(
    title: "Layout of the IDs",
    settings: [
      Setting(
        "ID_LAYOUT", .layout, to: \.layout.layout, default: "\(SnowflakeLayout.default)",
        "One of \(SettingType<SnowflakeLayout>.presetNames); or the bits of timestamp, machine ID "
          + "and sequence, such as 41/10/12. The same for all machines."),
      Setting(
        "ID_EPOCH", .time, to: \.layout.epoch, default: "the layout's",
        "The time of timestamp 0, in RFC 3339 or in milliseconds since 1970, in the past. The same "
          + "for all machines."),
    ])

  /// The machine IDs of the default layout.
  private static let machineIDs = "0-\(SnowflakeLayout.default.maximumMachineID)"

  /// The machine ID and the clock, for those who need more than the defaults.
  public static let ids = SettingGroup(
    title: "Machine ID and clock",
    settings: [
      Setting(
        "MACHINE_ID_OFFSET", .unchecked(machineIDs), to: \.machineID.offset, default: "0",
        "Added to the machine ID; the sum is in the layout's range too."),
      Setting(
        "MACHINE_ID_RANGE", .unchecked("first-last"), to: \.machineID.range, default: machineIDs,
        "The machine IDs of which auto takes a free one, at most "
          + "\(MachineIDSettings.maximumAutoCount). The default is all of the layout, or the lowest "
          + "if there are more than that."),
      Setting(
        "RESERVATION_MS", .number(ReservationPolicy.leaseWindowRange),
        to: \.server.ids.leaseWindowMilliseconds,
        default: "3000 ms, with etcd 15000 ms",
        "How far ahead time is reserved. The store may be away for two thirds of it."),
      Setting(
        "CLOCK_SKEW_MS", .number(0...86_400_000), to: \.store.etcd.clockSkewMilliseconds,
        requires: ["ETCD_ENDPOINTS"],
        "How far the clock may be from etcd's when a machine ID is claimed."),
      Setting(
        "CLOCK_TOLERANCE_MS", .number(0...60_000), to: \.server.ids.clockToleranceMilliseconds,
        "How far the clock may be behind the last ID before requests get 503; 0 is strict."),
      Setting(
        "--after", .snowflakeID, to: \.server.ids.after, default: "none",
        "Make only IDs greater than this one: the last that another system made for the same "
          + "column. Refused if the clock does not reach it."),
    ])

  /// Where `serve` listens.
  public static let listening = SettingGroup(
    title: "Listening",
    settings: [
      Setting("PORT", .number(0...65_535), to: \.server.port, "0 takes any free port and logs it."),
      Setting(
        "HOST", .nonEmpty("name or address"), to: \.server.host, default: "all, IPv6 and IPv4",
        "The address to listen on."),
      Setting(
        "ADMIN_PORT", .adminPort, to: \.server.adminPort, default: "none",
        "Serve /health, /ready and /metrics on this port too, and /metrics on no other. 9100+ takes "
          + "the first free port from 9100 on, 0 any."),
      Setting(
        "ADMIN_HOST", .nonEmpty("name or address"), to: \.server.adminHost,
        requires: ["ADMIN_PORT"], default: "all, IPv6 and IPv4",
        "The address of that port, such as 127.0.0.1."),
      Setting(
        "REUSE_PORT", .onOrOff, to: \.server.sharesPort,
        "1 lets other processes with this setting listen on the same port."),
      Setting(
        "DEFER_ACCEPT", .onOrOff, to: \.server.defersAccept,
        "1 accepts a connection once its client has sent something, or after a second."),
      Setting(
        "TLS_CERTIFICATE_FILE", .nonEmpty("file"), to: \.tls.certificateFile,
        requires: ["TLS_KEY_FILE"], default: "none",
        "Serve HTTPS with this certificate and its chain, in PEM. A file that changes is taken over."
      ),
      Setting(
        "TLS_KEY_FILE", .nonEmpty("file"), to: \.tls.keyFile, requires: ["TLS_CERTIFICATE_FILE"],
        default: "none", "The key of the certificate, in PEM."),
      Setting(
        "TLS_CLIENT_CA_FILE", .nonEmpty("file"), to: \.tls.clientAuthoritiesFile,
        requires: ["TLS_CERTIFICATE_FILE"], default: "none",
        "Refuse clients without a certificate of one of these authorities, in PEM."),
      Setting(
        "CORS_ALLOW_ORIGIN", .corsPolicy, to: \.server.cors,
        "The origins whose web pages may read responses, or * for all."),
    ])

  public static let logs = SettingGroup(
    title: "Logs",
    settings: [
      Setting("LOG_LEVEL", .choice, to: \.server.logLevel, "The least important level to log."),
      Setting("LOG_FORMAT", .choice, to: \.server.logFormat, "json writes one object per line."),
      Setting(
        "ACCESS_LOG", .onOrOff, to: \.server.hasAccessLog,
        "1 writes a line for each request to standard output, in combined format."),
    ])

  /// What clients can make the server hold, and for how long.
  public static let limits = SettingGroup(
    title: "Limits",
    settings: [
      Setting(
        "MAX_CONNECTIONS",
        .number(1...FileLimit.maximumConnectionCount, because: "the file limit allows no more"),
        to: \.server.limits.connectionCount, "Open connections; past it, 503 and close."),
      Setting(
        "MAX_TARGET_BYTES", .number(16...65_536), to: \.server.limits.head.targetBytes,
        "Length of a request target; past it, 414."),
      Setting(
        "MAX_HEAD_BYTES", .number(128...1_048_576), to: \.server.limits.head.headBytes,
        "Length of a request line with its fields; past it, 431."),
      Setting(
        "MAX_FIELDS", .number(1...10_000), to: \.server.limits.head.fieldCount,
        "Fields in a request head; past it, 431."),
      Setting(
        "MAX_BODY_BYTES", .number(0...1_073_741_824), to: \.server.limits.bodyBytes,
        "Length of a body, which is read and discarded; past it, 413."),
      Setting(
        "MAX_QUEUED_BYTES", .number(1...1_073_741_824), to: \.server.limits.queuedBytes,
        "Responses that one client has not read; past it, reading from it pauses."),
      Setting(
        "MAX_HELD_BYTES", .number(1_048_576...1_099_511_627_776), to: \.server.limits.heldBytes,
        "Unread responses and unfinished requests of all clients; past it, the largest holder is "
          + "evicted."),
      Setting(
        "HEAD_TIMEOUT_MS", .number(1...86_400_000), to: \.server.limits.headTimeoutMilliseconds,
        "For a whole head, and again for a body; past it, 408."),
      Setting(
        "IDLE_TIMEOUT_MS", .number(1...86_400_000), to: \.server.limits.idleTimeoutMilliseconds,
        "Between requests; past it, close."),
      Setting(
        "DRAIN_TIMEOUT_MS", .number(0...86_400_000), to: \.server.limits.drainTimeoutMilliseconds,
        "From SIGTERM to the end of the process."),
    ])
}

// MARK: - Other commands

extension SettingGroup {
  public static let count = SettingGroup(
    title: "IDs",
    settings: [Setting("--count", .number(1...Int.max), to: \.count, "Number of IDs.")])

  public static let output = SettingGroup(
    title: "Output",
    settings: [Setting("--json", .onOrOff, to: \.isJSON, "Write one JSON object per line.")])

  /// Where `health` looks for a server: in the variables of the server.
  public static let server = SettingGroup(
    title: "Server",
    settings: [
      Setting("PORT", .number(1...65_535), to: \.port, "The server's port."),
      Setting("HOST", .nonEmpty("name or address"), to: \.host, "The server's address."),
      Setting(
        "ADMIN_PORT", .adminPort, to: \.server.adminPort, default: "none",
        "Ask this port instead, unless it is 0 or such as 9100+."),
      Setting(
        "ADMIN_HOST", .nonEmpty("name or address"), to: \.adminHost, requires: ["ADMIN_PORT"],
        "The address of that port."),
      Setting(
        "TLS_CERTIFICATE_FILE", .nonEmpty("file"), to: \.tls.certificateFile,
        requires: ["TLS_KEY_FILE"], default: "none", "The server's certificate, in PEM."),
      Setting(
        "TLS_KEY_FILE", .nonEmpty("file"), to: \.tls.keyFile, requires: ["TLS_CERTIFICATE_FILE"],
        default: "none", "The key of the certificate, in PEM."),
    ])
}
