/// Which program this is: the one place of its version, and the commit it was built from.
public enum BuildInfo {
  /// By the rules of semver.org.
  public static let version = "0.1.0"

  /// The commit, 40 hexadecimal digits, if the sources were exported by `git archive`, as
  /// `scripts/package` does; `unknown` in a build from a clone, whose files may have changed.
  public static let commit = commit(in: PackageResources.commit_txt)

  /// How idgen names itself when it is the client: RFC 9110 §10.1.5.
  public static let userAgent = "idgen/\(version)"

  /// - Parameter text: the content of `commit.txt`, where `git archive` replaces `$Format:%H$`.
  static func commit(in text: [UInt8]) -> String {
    let isCommit =
      text.count == 41 && text.last == UInt8(ascii: "\n")
      && text.dropLast().allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isCommit ? String(decoding: text.dropLast(), as: UTF8.self) : "unknown"
  }
}
