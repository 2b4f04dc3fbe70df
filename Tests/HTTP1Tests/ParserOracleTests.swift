import Foundation
import Testing

/// Replays what the fuzzer begins with and what it has found, each with the oracle it was found by.
struct ParserOracleTests {
  @Test(arguments: files(in: "corpus/parser") + files(in: "findings/parser"))
  func holds(path: String) throws {
    let input = try Data(contentsOf: Self.folder.appending(path: path))
    #expect(ParserOracle(Array(input)).fault == nil)
  }

  @Test func thereIsACorpus() {
    #expect(Self.files(in: "corpus/parser").count >= 10)
  }

  private static let folder = URL(filePath: #filePath).appending(path: "../../../Fuzz").standardized

  private static func files(in name: String) -> [String] {
    let folder = folder.appending(path: name).path(percentEncoded: false)
    let files = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return (files ?? []).sorted().map { "\(name)/\($0)" }
  }
}
