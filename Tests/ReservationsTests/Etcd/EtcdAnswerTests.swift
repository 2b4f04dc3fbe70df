import Testing

@testable import Reservations

/// What a real etcd 3.4.23 has answered, and its forms in later versions.
struct EtcdAnswerTests {
  private static let header = EtcdHeader(
    clusterID: 15_875_391_935_852_295_136, revision: 4, raftTerm: 2)
  private static let headerText =
    #""header":{"cluster_id":"15875391935852295136","member_id":"7383792418829112008","revision":"4","raft_term":"2"}"#

  private static func entry(
    _ key: String, _ value: String, created: Int64, modified: Int64, version: Int64
  ) -> EtcdEntry {
    EtcdEntry(
      key: Array(key.utf8), value: Array(value.utf8), createRevision: created,
      modRevision: modified, version: version)
  }

  // MARK: Ranges

  @Test(
    arguments: [
      ("nothing there", "", [], false),
      (
        "two entries",
        #","kvs":[{"key":"L2lkZ2VuLzE=","create_revision":"2","mod_revision":"2","version":"1","value":"cmVjb3JkIDE="},{"key":"L2lkZ2VuLzc=","create_revision":"3","mod_revision":"4","version":"2","value":"cmVjb3JkIDI="}],"count":"2""#,
        [
          entry("/idgen/1", "record 1", created: 2, modified: 2, version: 1),
          entry("/idgen/7", "record 2", created: 3, modified: 4, version: 2),
        ], false
      ),
      (
        "more than the limit",
        #","kvs":[{"key":"L2lkZ2VuLzE=","create_revision":"2","mod_revision":"2","version":"1","value":"cmVjb3JkIDE="}],"more":true,"count":"2""#,
        [entry("/idgen/1", "record 1", created: 2, modified: 2, version: 1)], true
      ),
      (
        "an empty value",
        #","kvs":[{"key":"L3g=","create_revision":"5","mod_revision":"5","version":"1"}],"count":"1""#,
        [entry("/x", "", created: 5, modified: 5, version: 1)], false
      ),
      (
        // protojson puts a space here and there on purpose, so that nobody relies on the bytes.
        "3.6: whitespace, and a lease",
        #", "kvs": [{"key":"L3g=", "create_revision":"5", "mod_revision":"5", "version":"1", "lease":"7587862094726453796"}], "count": "1""#,
        [entry("/x", "", created: 5, modified: 5, version: 1)], false
      ),
      (
        "numbers for strings, what is unset as null or in full, unknown fields",
        #","kvs":[{"key":"L3g=","create_revision":5,"mod_revision":9223372036854775807,"version":1,"value":null,"new":[{}]}],"more":false,"count":1"#,
        [entry("/x", "", created: 5, modified: .max, version: 1)], false
      ),
      ("an empty list", #","kvs":[],"more":null"#, [], false),
    ] as [(String, String, [EtcdEntry], Bool)])
  func range(_ name: String, _ rest: String, _ entries: [EtcdEntry], _ more: Bool) throws {
    let answer = try EtcdRangeAnswer(Array("{\(Self.headerText)\(rest)}".utf8))
    #expect(answer.header == Self.header)
    #expect(answer.entries == entries)
    #expect(answer.more == more)
  }

  @Test(arguments: [
    ("[]", "{}"), ("{}", "header"), (#"{"header":null}"#, "header"), (#"{"header":[]}"#, "header"),
    (#"{"header":{}}"#, "cluster_id"),
    (#"{"header":{"cluster_id":"0","revision":"1","raft_term":"2"}}"#, "cluster_id"),
    (
      #"{"header":{"cluster_id":"18446744073709551616","revision":"1","raft_term":"2"}}"#,
      "cluster_id"
    ),
    (#"{"header":{"cluster_id":1.5,"revision":"1","raft_term":"2"}}"#, "cluster_id"),
    (#"{"header":{"cluster_id":"1","raft_term":"2"}}"#, "revision"),
    (#"{"header":{"cluster_id":"1","revision":"-1","raft_term":"2"}}"#, "revision"),
    (#"{"header":{"cluster_id":"1","revision":"+1","raft_term":"2"}}"#, "revision"),
    (#"{"header":{"cluster_id":"1","revision":"01","raft_term":"2"}}"#, "revision"),
    (#"{"header":{"cluster_id":"1","revision":1e3,"raft_term":"2"}}"#, "revision"),
    (#"{"header":{"cluster_id":"1","revision":true,"raft_term":"2"}}"#, "revision"),
    (
      #"{"header":{"cluster_id":"1","revision":"9223372036854775808","raft_term":"2"}}"#, "revision"
    ),
    (#"{"header":{"cluster_id":"1","revision":"1"}}"#, "raft_term"),
    (#"{\#(headerText),"kvs":{}}"#, "kvs"), (#"{\#(headerText),"kvs":[1]}"#, "kvs"),
    (#"{\#(headerText),"more":"true"}"#, "more"),
    (
      #"{\#(headerText),"kvs":[{"key":"L3g=","create_revision":"5","version":"1"}]}"#,
      "mod_revision"
    ),
    (
      #"{\#(headerText),"kvs":[{"key":"L3g","create_revision":"5","mod_revision":"5","version":"1"}]}"#,
      "key"
    ),
    (
      #"{\#(headerText),"kvs":[{"key":"L3g=","value":5,"create_revision":"5","mod_revision":"5","version":"1"}]}"#,
      "value"
    ),
  ])
  func refusedRange(_ body: String, _ field: String) {
    #expect(throws: EtcdAnswerError.field(field)) { try EtcdRangeAnswer(Array(body.utf8)) }
  }

  @Test func noJSON() {
    #expect(throws: EtcdAnswerError.json(JSONError(reason: .unexpectedByte, position: 0))) {
      try EtcdRangeAnswer(Array("Not Found\n".utf8))
    }
  }

  // MARK: Swaps

  @Test(
    arguments: [
      (
        "succeeded",
        #","succeeded":true,"responses":[{"response_put":{"header":{"revision":"4"}}}]"#,
        true, nil
      ),
      (
        "refused: written by another",
        #","responses":[{"response_range":{"header":{"revision":"4"},"kvs":[{"key":"L2lkZ2VuLzc=","create_revision":"3","mod_revision":"4","version":"2","value":"cmVjb3JkIDI="}],"count":"1"}}]"#,
        false, entry("/idgen/7", "record 2", created: 3, modified: 4, version: 2)
      ),
      (
        "refused: deleted", #","responses":[{"response_range":{"header":{"revision":"4"}}}]"#,
        false,
        nil
      ),
      (
        "false in full, and empty messages",
        #","succeeded":false,"responses":[{"response_range":{}}]"#,
        false, nil
      ),
    ] as [(String, String, Bool, EtcdEntry?)])
  func swap(_ name: String, _ rest: String, _ succeeded: Bool, _ found: EtcdEntry?) throws {
    let answer = try EtcdSwapAnswer(Array("{\(Self.headerText)\(rest)}".utf8))
    #expect(answer.header == Self.header)
    #expect(answer.succeeded == succeeded)
    #expect(answer.found == found)
  }

  /// Without what stands at the key, a refusal must not be read as that nothing does; and a success
  /// is one only with the answer to what it did.
  @Test(arguments: [
    ("", "responses"), (#","succeeded":true"#, "responses"), (#","succeeded":"true""#, "succeeded"),
    (#","responses":[]"#, "responses"), (#","responses":[{}]"#, "responses"),
    (#","responses":[{"response_put":{}}]"#, "responses"),
    (#","succeeded":true,"responses":[{"response_range":{}}]"#, "responses"),
    (#","responses":[{"response_range":{}},{"response_range":{}}]"#, "responses"),
    (#","responses":[{"response_range":[]}]"#, "response_range"),
    (
      #","responses":[{"response_range":{"kvs":[{"create_revision":"1","mod_revision":"1","version":"1"},{"create_revision":"1","mod_revision":"1","version":"1"}]}}]"#,
      "kvs"
    ),
  ])
  func refusedSwap(_ rest: String, _ field: String) {
    #expect(throws: EtcdAnswerError.field(field)) {
      try EtcdSwapAnswer(Array("{\(Self.headerText)\(rest)}".utf8))
    }
  }

  // MARK: Tokens

  @Test func token() throws {
    let answer = try EtcdTokenAnswer(
      Array("{\(Self.headerText),\"token\":\"PwKrQkJAyLRRMfkm.20\"}".utf8))
    #expect(answer.header == Self.header)
    #expect(answer.token == "PwKrQkJAyLRRMfkm.20")
  }

  @Test(arguments: [
    "", #","token":"""#, #","token":1"#, #","token":"a b""#, #","token":"a\r\nX: y""#,
    #","token":"\u00e9""#,
  ])
  func refusedToken(_ rest: String) {
    #expect(throws: EtcdAnswerError.field("token")) {
      try EtcdTokenAnswer(Array("{\(Self.headerText)\(rest)}".utf8))
    }
  }
}
