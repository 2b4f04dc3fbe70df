public import API
public import Logging
public import Reservations

/// The server's settings. They do not change while it runs.
public struct Configuration: Sendable {
  /// The machine ID, and where time is reserved.
  public var ids: IDConfiguration
  /// 0…65535; 0 is any free port.
  public var port: UInt16 = 8080
  /// A name or an address, or `nil` for all addresses of both families.
  public var host: String?
  /// Whether other processes that set this too may listen on the same port.
  public var sharesPort = false
  /// Whether the kernel holds a connection back until its client has sent data.
  public var defersAccept = true
  /// An inherited socket that is already bound; it replaces host and port.
  public var inheritedSocket: Int32?
  public var logLevel = Logger.Level.info
  public var logFormat = LogFormat.text
  /// Whether standard output gets a line for each request.
  public var hasAccessLog = false
  /// The port for operators: `/health`, `/ready` and `/metrics`. `nil`: they are on the main port.
  public var adminPort: AdminPort?
  /// A name or an address, or `nil` for all addresses.
  public var adminHost: String?
  public var limits = Limits()
  /// The certificate and the key; `nil` to serve without TLS.
  public var tls: TLSConfiguration?
  /// The web pages of other origins that may read responses.
  public var cors = CORSPolicy.none

  /// Defaults for everything but the machine ID.
  public init(machineID: Int) {
    ids = IDConfiguration(machineID: machineID)
  }
}

/// The ports of which the first free one is for operators.
public struct AdminPort: Equatable, Sendable {
  /// 0…65535; 0 is any free port.
  public var first: UInt16
  /// `first` or greater.
  public var last: UInt16

  /// The port, if the setting names one: 1…65535.
  public var number: UInt16? { first == last && first > 0 ? first : nil }

  public init(first: UInt16, last: UInt16) { (self.first, self.last) = (first, last) }
}

/// The format of the log's lines.
public enum LogFormat: String, CaseIterable, Sendable {
  /// Time, level and message, separated by spaces.
  case text
  /// A JSON object per line.
  case json
}
