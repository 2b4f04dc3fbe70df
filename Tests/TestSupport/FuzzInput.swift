import Foundation

/// An input of the fuzzer in the repository: of the corpus, or one that it has found.
public struct FuzzInput: CustomStringConvertible, Sendable {
  /// Relative to the folder `Fuzz`.
  public let description: String

  /// - Parameter folder: relative to the folder `Fuzz`. A folder that does not exist has no inputs.
  public static func all(in folder: String) -> [FuzzInput] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: folder).path(percentEncoded: false))
    return (names ?? []).sorted().map { FuzzInput(description: "\(folder)/\($0)") }
  }

  public func bytes() throws -> [UInt8] {
    Array(try Data(contentsOf: Self.root.appending(path: description)))
  }

  private static let root = URL(filePath: #filePath).appending(path: "../../../Fuzz").standardized
}
