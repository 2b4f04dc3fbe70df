import Foundation
import Testing

/// What `deploy/` has for Prometheus and Grafana.
@Suite struct DeploymentTests {
  private let state: StateFolder

  init() throws { state = try StateFolder() }

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("deploy")

  @Test(arguments: [["check", "config", "prometheus.yml"], ["test", "rules", "alerts-test.yml"]])
  func promtoolIsContent(_ arguments: [String]) throws {
    let file = Self.folder.appendingPathComponent(arguments[2]).path
    let result = try Tool.run("promtool", arguments.dropLast() + [file])
    #expect(result.exit == .status(0), "\(result.standardOutput)\(result.standardError)")
  }

  /// An alert or a panel over a name that nobody exports would be silent for ever.
  @Test(arguments: ["alerts.yml", "grafana.json"])
  func everyNameIsExported(_ name: String) throws {
    let environment = state.environment.merging(["ADMIN_PORT": "0"]) { $1 }
    #if TLS
    let server = try TLSServer(environment: environment).server
    #else
    let server = try RunningServer(environment: environment)
    #endif
    let client = try RawClient(port: try server.adminPort())
    try client.send(Request.get("/metrics"))
    let exported = Set(
      try client.readResponse().body.matches(of: #/(?m)^(?:# TYPE )?([a-z_]+)[ {]/#).map {
        String($0.1)
      })
    #expect(try server.stop() == .status(0))

    let text = try String(
      contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    let used = Set(text.matches(of: #/\b(idgen|process)_[a-z_]+/#).map { String($0.0) })
    #expect(used.count > 5)
    #if TLS
    #expect(used.subtracting(exported) == [])
    #else
    #expect(used.subtracting(exported).filter { !$0.hasPrefix("idgen_tls_") } == [])
    #endif
  }

  /// Every panel asks for something, of the data source and the machines that were chosen.
  @Test func dashboardIsWellFormed() throws {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("grafana.json"))
    let dashboard = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let panels = try #require(dashboard["panels"] as? [[String: Any]])
    #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    for panel in panels where panel["type"] as? String != "row" {
      let targets = try #require(panel["targets"] as? [[String: Any]])
      #expect(!targets.isEmpty)
      for target in targets {
        let expression = try #require(target["expr"] as? String)
        #expect(expression.contains(#"{job="$job",instance=~"$instance"}"#))
      }
    }
  }
}
