import Foundation
import TestSupport

/// A real etcd of one member, on free ports, with its data in a temporary folder.
final class RunningEtcd {
  private let folder: TemporaryFolder
  private let ports: (client: UInt16, peer: UInt16)
  /// `nil` to serve without TLS.
  private let certificates: Certificates?
  private var process: ChildProcess

  /// Starts it, and returns once it answers.
  ///
  /// - Parameter certificates: with these, it has the certificate `etcd`, listens on both families,
  ///   and serves clients with a certificate of `authority` only, such as `app`.
  init(_ certificates: Certificates? = nil) throws {
    folder = try TemporaryFolder()
    ports = (try Self.freePort(), try Self.freePort())
    self.certificates = certificates
    process = try Self.start(ports, folder, certificates)
    try waitUntilHealthy()
  }

  var port: UInt16 { ports.client }
  var address: String { "\(certificates == nil ? "http" : "https")://127.0.0.1:\(ports.client)" }
  /// The settings of a machine that uses it, with the shortest window.
  var environment: [String: String] { ["ETCD_ENDPOINTS": address, "RESERVATION_MS": "1000"] }

  /// Sends a signal: SIGSTOP for an outage, and SIGCONT for its end.
  func send(_ signal: Int32) { process.send(signal) }

  func kill() throws {
    process.send(SIGKILL)
    _ = try process.waitForExit()
  }

  /// Starts it again, with the data that it had.
  func restart() throws {
    process = try Self.start(ports, folder, certificates)
    try waitUntilHealthy()
  }

  /// Runs etcd's own client.
  @discardableResult
  func control(_ arguments: String...) throws -> String {
    let tool = try runControl(arguments)
    guard tool.exit == .status(0) else {
      throw HarnessError("etcdctl \(arguments): \(tool.standardError)")
    }
    return tool.standardOutput
  }

  private func runControl(_ arguments: [String]) throws -> Tool {
    let flags = certificates.map {
      ["--cert", $0.certificate("app"), "--key", $0.key("app"), "--insecure-skip-tls-verify"]
    }
    return try Tool.run(
      "etcdctl", ["--endpoints", address] + (flags ?? []) + arguments,
      environment: ["ETCDCTL_API": "3"])
  }

  /// The record of a machine ID: the values of its lines, by name.
  func record(_ machineID: Int) throws -> [Substring: Substring] {
    let text = try control("get", "--print-value-only", "/idgen/machine-\(machineID)")
    let lines = text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
    return Dictionary(lines.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
  }

  private static func start(
    _ ports: (client: UInt16, peer: UInt16), _ folder: TemporaryFolder,
    _ certificates: Certificates?
  ) throws -> ChildProcess {
    let peer = "http://127.0.0.1:\(ports.peer)"
    var client = "http://127.0.0.1:\(ports.client)"
    var security: [String] = []
    if let certificates {
      client = "https://127.0.0.1:\(ports.client),https://[::1]:\(ports.client)"
      security = [
        "--cert-file", certificates.certificate("etcd"), "--key-file", certificates.key("etcd"),
        "--trusted-ca-file", certificates.certificate("authority"), "--client-cert-auth",
      ]
    }
    return try ChildProcess(
      Tool.find("etcd"),
      [
        "--data-dir", folder.path("data"), "--listen-client-urls", client,
        "--advertise-client-urls", client, "--listen-peer-urls", peer,
        "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
      ] + security, environment: [:])
  }

  private func waitUntilHealthy() throws {
    for _ in 0..<300 {
      if certificates != nil {
        if try runControl(["endpoint", "health"]).exit == .status(0) { return }
      } else if let client = try? RawClient(port: ports.client, seconds: 5),
        (try? client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")) != nil,
        let response = try? client.readResponse(), response.body.contains("\"health\":\"true\"")
      {
        return
      }
      usleep(100_000)
    }
    throw HarnessError("etcd did not start: \(process.standardError.suffix(2000))")
  }

  /// A port on which no process listens now.
  private static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = unsafe withUnsafeMutablePointer(to: &address) { address in
      // A `sockaddr_in` is one kind of `sockaddr`.
      let raw = unsafe UnsafeMutableRawPointer(address).assumingMemoryBound(to: sockaddr.self)
      guard unsafe bind(descriptor, raw, size) == 0 else { return Int32(-1) }
      return unsafe getsockname(descriptor, raw, &size)
    }
    guard status == 0 else { throw HarnessError("no port is free") }
    return UInt16(bigEndian: address.sin_port)
  }
}
