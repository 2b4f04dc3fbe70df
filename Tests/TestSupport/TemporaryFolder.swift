public import Foundation

/// A temporary folder. It is removed when this object is deallocated.
public final class TemporaryFolder {
  public let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "idgen-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Without a trailing slash.
  public var path: String { url.path(percentEncoded: false) }

  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, and returns its path.
  @discardableResult
  public func add(_ name: String, _ text: String = "") throws -> String {
    try Data(text.utf8).write(to: url.appending(path: name))
    return path(name)
  }
}
