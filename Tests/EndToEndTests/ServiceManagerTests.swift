import Foundation
import Testing

/// What systemd gives a service, and what it is told. A Python program does as systemd does:
/// sd_listen_fds(3), sd_notify(3).
@Suite struct ServiceManagerTests {
  /// A path, and the name of an abstract socket, which systemd prefers.
  @Test(arguments: ["", "@idgen-tests-"])
  func servesTheSocketItIsGivenAndTellsOfItself(abstractPrefix: String) throws {
    let name = UUID().uuidString
    let address =
      abstractPrefix.isEmpty
      ? FileManager.default.temporaryDirectory.appendingPathComponent(name).path
      : abstractPrefix + name
    defer { try? FileManager.default.removeItem(atPath: address) }
    let result = try manage(socketCount: "1", address)
    #expect(result.exit == .status(0), "\(result.standardError)")
    #expect(result.standardOutput == "READY=1\nok\nSTOPPING=1\nstatus 0\n")
  }

  /// Requests that the last process has left in the socket wait until the next one has claimed its
  /// machine ID. Only if the disk takes longer than a second, and the log says so, they get 503.
  @Test func requestsWaitForTheStart() throws {
    let state = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: state) }
    let result = try Tool.run(
      "/usr/bin/python3", ["-c", Self.successor, Tool.idgen().path, state.path])
    #expect(result.exit == .status(0), "\(result.standardError)")
    if !result.standardError.contains("it does not answer") {
      #expect(result.standardOutput == "16 x HTTP/1.1 200 OK\n")
    }
  }

  @Test func severalSocketsAreAnError() throws {
    let result = try manage(socketCount: "2", "@idgen-tests-\(UUID().uuidString)")
    #expect(result.standardOutput == "status 64\n")
    #expect(
      result.standardError == "idgen: LISTEN_FDS is \"2\": exactly 1 socket can be served\n")
  }

  /// They were meant for the process that started this one.
  @Test func socketsOfAnotherProcessAreNotTaken() throws {
    let server = try RunningServer(environment: ["LISTEN_FDS": "1", "LISTEN_PID": "1"])
    let client = try RawClient(port: server.port)
    try client.send(Request.health)
    #expect(try client.readResponse().body == "ok")
    #expect(try server.stop() == .status(0))
  }

  private func manage(socketCount: String, _ address: String) throws -> Tool {
    try Tool.run(
      "/usr/bin/python3", ["-c", Self.manager, Tool.idgen().path, socketCount, address])
  }

  /// Sends requests before the service starts, and prints the first lines of the responses.
  private static let successor = """
    import collections, os, socket, sys
    program, state = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", 0))
    clients = [socket.create_connection(listener.getsockname()) for _ in range(16)]
    for client in clients:
        client.sendall(b"GET /id HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    service = os.fork()
    if service == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)  # It can be 3 already.
        os.execve(program, [program], {
            "MACHINE_ID": "1", "STATE_DIR": state, "LISTEN_FDS": "1",
            "LISTEN_PID": str(os.getpid())})
    lines = [client.makefile().readline().strip() for client in clients]
    for line, count in collections.Counter(lines).items():
        print(count, "x", line)
    os.kill(service, 15)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(service, 0)[1]))
    """

  /// Prints what the service reports, what it answers on the socket, and how it ends.
  private static let manager = """
    import os, socket, sys, urllib.request
    program, count, address = sys.argv[1:]
    reports = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    reports.bind(address.replace("@", "\\0"))
    reports.settimeout(30)
    listener = socket.create_server(("127.0.0.1", 0))
    service = os.fork()
    if service == 0:
        os.dup2(listener.fileno(), 3)
        os.execve(program, [program], {
            "MACHINE_ID": "1", "LISTEN_FDS": count, "LISTEN_PID": str(os.getpid()),
            "NOTIFY_SOCKET": address})
    if count == "1":
        print(reports.recv(100).decode())
        url = "http://127.0.0.1:%d/health" % listener.getsockname()[1]
        print(urllib.request.urlopen(url, timeout=30).read().decode())
        os.kill(service, 15)
        print(reports.recv(100).decode())
    print("status", os.waitstatus_to_exitcode(os.waitpid(service, 0)[1]))
    """
}
