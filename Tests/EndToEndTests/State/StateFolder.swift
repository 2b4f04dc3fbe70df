import Foundation
import TestSupport

/// A folder for `STATE_DIR`. It is removed when this object is deallocated.
final class StateFolder {
  private let folder: TemporaryFolder

  var path: String { folder.path }
  var environment: [String: String] { ["STATE_DIR": path] }

  init() throws { folder = try TemporaryFolder() }

  /// The file of a machine ID.
  func file(_ machineID: Int) -> String { "\(path)/machine-\(machineID)" }

  /// The limit in that file, in milliseconds since the IDs' epoch.
  func limit(_ machineID: Int) throws -> UInt64 {
    let text = try String(contentsOfFile: file(machineID), encoding: .utf8)
    guard let match = text.firstMatch(of: #/limit (\d+)\n/#), let limit = UInt64(match.1) else {
      throw HarnessError("no limit in \(text)")
    }
    return limit
  }
}

extension RunningServer {
  /// The owner that the error of a refused process names.
  var owner: String { "process \(processID) on host \(Self.hostName)" }

  /// This host's name, as in the records of `STATE_DIR`.
  static let hostName: String = {
    var name = [CChar](repeating: 0, count: 65)
    _ = unsafe gethostname(&name, 65)
    let bytes = name.prefix { $0 != 0 }.prefix(32).map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }()

  /// One request, on a connection of its own.
  func response(to request: String) throws -> RawResponse {
    let client = try RawClient(port: port)
    try client.send(request)
    return try client.readResponse()
  }

  func id() throws -> UInt64? { try response(to: Request.id).id }

  /// The first ID, and the codes of the refusals before it.
  func firstID() throws -> (id: UInt64, refusals: Set<String>) {
    var refusals = Set<String>()
    for _ in 0..<15_000 {
      let response = try response(to: Request.id)
      if let id = response.id { return (id, refusals) }
      refusals.insert(response.code ?? response.head)
      usleep(2000)
    }
    throw HarnessError("no ID after 30 s: \(refusals); standard error: \(standardError)")
  }
}

extension RawResponse {
  /// The stable code of a problem.
  var code: String? { body.firstMatch(of: #/"code": "([^"]*)"}$/#).map { String($0.1) } }

  /// The numbers in `{"ids": [1, 2], "machine_id": 1}`, or the one in `{"id": 1, …}`.
  var ids: [UInt64] {
    if let id { return [id] }
    guard status == 200, let start = body.utf8.firstIndex(of: UInt8(ascii: "[")),
      let end = body.utf8.firstIndex(of: UInt8(ascii: "]"))
    else { return [] }
    return body[start..<end].utf8.dropFirst().split(separator: UInt8(ascii: ",")).compactMap {
      UInt64(String(decoding: $0.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self))
    }
  }
}

extension Request {
  static let ready = "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
  static let hundredIDs = "GET /ids?count=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"
}
