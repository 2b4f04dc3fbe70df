public import Foundation

/// The records in Tests/Golden: what versions of idgen have written, and what none may accept.
///
/// A name begins with `file` or `etcd`, the store, and the version of the record; those that are
/// refused begin with `refused`.
public enum GoldenRecord {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")

  public static func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)))
  }

  public static func url(_ name: String) -> URL { folder.appending(path: name) }

  public static func bytes(_ name: String) throws -> [UInt8] {
    // Not `Data(contentsOf:)`, which leaks if a file is empty.
    let handle = try FileHandle(forReadingFrom: url(name))
    return [UInt8](try handle.readToEnd() ?? Data())
  }
}
