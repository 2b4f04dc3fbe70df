import Testing

@testable import BuildInfo

struct BuildInfoTests {
  /// What `git archive` writes is taken; its placeholder, and anything that is no commit, is not.
  @Test(arguments: [
    ("d4940c9b2ef0a4c2a7a3f3d1c0a59f60b7d8e9fa\n", "d4940c9b2ef0a4c2a7a3f3d1c0a59f60b7d8e9fa"),
    ("$Format:%H$\n", "unknown"), ("", "unknown"),
    ("d4940c9\n", "unknown"), ("D4940C9B2EF0A4C2A7A3F3D1C0A59F60B7D8E9FA\n", "unknown"),
    ("d4940c9b2ef0a4c2a7a3f3d1c0a59f60b7d8e9fa", "unknown"),
    (#"d4940c9b2ef0a4c2a7a3f3d1c0a59f60b7d8e9f""# + "\n", "unknown"),
  ])
  func commit(_ text: String, _ expected: String) {
    #expect(BuildInfo.commit(in: Array(text.utf8)) == expected)
  }
}
