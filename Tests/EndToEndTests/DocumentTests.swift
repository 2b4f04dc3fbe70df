import Foundation
import Testing

/// What is embedded is what lies in the repository.
@Suite struct DocumentTests {
  @Test func apiDescriptionIsServedAsItIs() throws {
    let file = Self.repository.appendingPathComponent("docs/openapi.yaml")
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    try client.send("GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n")
    let response = try client.readResponse()
    #expect(response.status == 200)
    #expect(response["Content-Type"] == "application/yaml")
    #expect(response.body == String(decoding: try Data(contentsOf: file), as: UTF8.self))
  }

  @Test func pageShowsWhoMadeItsID() throws {
    let server = try RunningServer(environment: ["MACHINE_ID": "1023"])
    let client = try RawClient(port: server.port)
    try client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    let response = try client.readResponse()
    #expect(response.status == 200)
    #expect(response["Cache-Control"] == "no-store")
    #expect(response["Content-Security-Policy"]?.hasPrefix("default-src 'none'; ") == true)
    #expect(response.body.contains("<title>idgen, machine 1023</title>"))
    let id = try #require(response.body.firstMatch(of: #/<p class="id">(\d+)</p>/#))
    #expect(try #require(UInt64(id.1)) >> 12 & 1023 == 1023)
  }

  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
