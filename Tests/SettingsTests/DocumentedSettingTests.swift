import Foundation
import Testing

@testable import Settings

/// What the documents and the deployment files say about settings is what the table says.
@Suite struct DocumentedSettingTests {
  private static let settings = SettingGroup.serve.flatMap(\.settings)
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
  }

  /// The rows of the README's tables that begin with a variable, or have a flag alone, each as its
  /// cells.
  private static func rows() throws -> [[String]] {
    try text("README.md").split(separator: "\n").filter { $0.hasPrefix("| ") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
      .filter { row in settings.contains { isRow(row, of: $0) } }
  }

  private static func isRow(_ row: [String], of setting: Setting) -> Bool {
    guard let variable = setting.variable else {
      return row.count > 1 && row[1] == "`\(setting.flag)`"
    }
    return row[0].contains("`\(variable)`")
  }

  @Test(arguments: settings) func hasItsRow(_ setting: Setting) throws {
    let rows = try Self.rows().filter { Self.isRow($0, of: setting) }
    try #require(rows.count == 1, "\(setting.flag)")
    let row = rows[0]
    let isLimit = SettingGroup.limits.settings.contains { $0.flag == setting.flag }
    // The limits have no column for the flag; a sentence above the table names one.
    if !isLimit { #expect(row[1].contains("`\(setting.flag)`")) }
    let defaultCell = row[isLimit ? 1 : 2].replacing("`", with: "")
    let defaultText = setting.defaultText.replacing(" ms", with: "")
    if setting.defaultText == "required" {
      #expect(defaultCell.contains("required"))
    } else {
      #expect(defaultCell.hasPrefix(defaultText), "\(setting.flag): \(defaultCell)")
    }
    if let allowed = Self.allowed(setting) {
      #expect(row[isLimit ? 2 : 3].contains(allowed), "\(setting.flag): \(allowed)")
    }
  }

  /// How the README writes what is allowed: `0…1023`, or the words with a space between them.
  private static func allowed(_ setting: Setting) -> String? {
    if setting.variable == "MAX_CONNECTIONS" { return "1 up to what the file limit allows" }
    if setting.isSwitch { return "0; 1" }
    if let range = setting.allowed.wholeMatch(of: #/(\d+)-(\d+)(, auto)?/#) {
      return "\(range.1)…\(range.2)"
    }
    let words = setting.allowed.split(separator: ", ")
    return words.count > 1 ? words.map { "`\($0)`" }.joined(separator: " ") : nil
  }

  /// No row is about a setting that is not there.
  @Test func everyRowIsOfASetting() throws {
    let variables = try Self.rows().flatMap { $0[0].matches(of: #/`([A-Z_]+)`/#).map { $0.1 } }
    #expect(Set(variables.map(String.init)) == Set(Self.settings.compactMap(\.variable)))
  }

  /// The files that set variables for the program, or tell about them.
  static let files = [
    "README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/ADOPTING.md", "docs/ARCHITECTURE.md",
    "docs/ETCD.md", "docs/INSTALL.md", "docs/LAYOUTS.md", "docs/MIGRATION.md", "docs/RELEASING.md",
    "docs/STATE.md", "docs/TLS.md", "docs/benchmarks.md", "docs/openapi.yaml", "docker-compose.yml",
    "Dockerfile",
    "Dockerfile.simple", "Dockerfile.dev", "deploy/README.md", "deploy/idgen.service",
    "deploy/idgen@.service",
    "deploy/idgen.socket", "packaging/debian/idgen.default", "deploy/kubernetes.yaml",
    "deploy/kubernetes-etcd.yaml",
    "deploy/swarm.yml", "deploy/swarm-etcd.yml", "deploy/swarm-tls.yml", "deploy/alerts.yml",
    "deploy/prometheus.yml",
  ]

  /// Every name of the kind that settings have is one of a setting.
  @Test(arguments: files) func namesAreOfSettings(_ file: String) throws {
    let others = [
      "CLOCK_BOOTTIME", "ETCD_IMAGE", "ETCD_NAME", "ETCD_ADVERTISE_CLIENT_URLS",
      "ETCD_INITIAL_ADVERTISE_PEER_URLS",
    ]
    let variables = Set(Self.settings.compactMap(\.variable) + others)
    let kind =
      #/\b(?:MACHINE_ID|ID|SEQUENCE|ETCD|LOG|MAX|CLOCK|RESERVATION|CORS)_[A-Z_]+\b|\b[A-Z_]+_MS\b/#
    for match in try Self.text(file).matches(of: kind) {
      let name = String(match.output)
      if !variables.contains(name) { Issue.record("\(file): \(name)") }
    }
  }

  /// Each value that a file gives to a setting is one that it allows.
  @Test(arguments: files) func valuesAreAllowed(_ file: String) throws {
    let assignment = #/(?m)^[^#\n]*?\b([A-Z]+(?:_[A-Z]+)*)(?:=|: +"?)([A-Za-z0-9_.:/-]+)/#
    let auto = Given(text: SettingText(name: "MACHINE_ID", value: "auto"), value: "auto")
    for match in try Self.text(file).matches(of: assignment) {
      let (variable, value) = (String(match.1), String(match.2))
      guard let setting = Self.settings.first(where: { $0.variable == variable }) else { continue }
      #expect(throws: Never.self, "\(file): \(match.0)") {
        var values = SettingValues.defaults
        try setting.store(SettingText(name: variable, value: value), &values)
        // What the layout allows is checked with it.
        values.machineID.machineID = values.machineID.machineID ?? auto
        _ = try values.machineID.machineIDs(in: LayoutSettings(), hasStore: true)
      }
    }
  }
}
