import Testing

@testable import Reservations

/// Answers of etcd. Those of tests named "recorded" are from etcd 3.4.23, byte for byte. The others
/// follow the source of etcd 3.6 and the mapping of protocol buffers to JSON.
struct EtcdAnswerTests {
  private static func header(_ revision: Int64) -> EtcdHeader {
    EtcdHeader(clusterID: 15_875_391_935_852_295_136, revision: revision, raftTerm: 2)
  }
  private static func text(_ revision: Int64, _ rest: String) -> [UInt8] {
    let header =
      #""cluster_id":"15875391935852295136","member_id":"7383792418829112008","revision":"\#(revision)","raft_term":"2""#
    return Array("{\"header\":{\(header)}\(rest)}".utf8)
  }

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
      (1, "", [], false),
      (
        5,
        #","kvs":[{"key":"L2lkZ2VuLzE=","create_revision":"2","mod_revision":"2","version":"1","value":"cmVjb3JkIDE="},{"key":"L2lkZ2VuLzc=","create_revision":"3","mod_revision":"4","version":"2","value":"cmVjb3JkIDI="}],"count":"2""#,
        [
          entry("/idgen/1", "record 1", created: 2, modified: 2, version: 1),
          entry("/idgen/7", "record 2", created: 3, modified: 4, version: 2),
        ], false
      ),
      (
        5,
        #","kvs":[{"key":"L2lkZ2VuLzE=","create_revision":"2","mod_revision":"2","version":"1","value":"cmVjb3JkIDE="}],"more":true,"count":"2""#,
        [entry("/idgen/1", "record 1", created: 2, modified: 2, version: 1)], true
      ),
      (
        5,
        #","kvs":[{"key":"L3g=","create_revision":"5","mod_revision":"5","version":"1"}],"count":"1""#,
        [entry("/x", "", created: 5, modified: 5, version: 1)], false
      ),
    ] as [(Int64, String, [EtcdEntry], Bool)])
  func recordedRange(
    _ revision: Int64, _ rest: String, _ entries: [EtcdEntry], _ more: Bool
  ) throws {
    let answer = try EtcdRangeAnswer(Self.text(revision, rest))
    #expect(answer.header == Self.header(revision))
    #expect(answer.entries == entries)
    #expect(answer.more == more)
  }

  @Test(
    arguments: [
      (
        // protojson inserts spaces at random on purpose, so that nobody relies on the bytes.
        #", "kvs": [{"key":"L3g=", "create_revision":"5", "mod_revision":"5", "version":"1", "lease":"7587862094726453796"}], "count": "1""#,
        [entry("/x", "", created: 5, modified: 5, version: 1)]
      ),
      (
        // Numbers instead of strings, unset fields as null or written out, and unknown fields.
        #","kvs":[{"key":"L3g=","create_revision":5,"mod_revision":9223372036854775807,"version":1,"value":null,"new":[{}]}],"more":false,"count":1"#,
        [entry("/x", "", created: 5, modified: .max, version: 1)]
      ),
      (#","kvs":[],"more":null"#, []),
    ] as [(String, [EtcdEntry])])
  func otherRange(_ rest: String, _ entries: [EtcdEntry]) throws {
    let answer = try EtcdRangeAnswer(Self.text(5, rest))
    #expect(answer.header == Self.header(5))
    #expect(answer.entries == entries)
    #expect(!answer.more)
  }

  private static let validHeader =
    #""header":{"cluster_id":"1","revision":"9","raft_term":"2"}"#

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
    (#"{\#(validHeader),"kvs":{}}"#, "kvs"), (#"{\#(validHeader),"kvs":[1]}"#, "kvs"),
    (#"{\#(validHeader),"more":"true"}"#, "more"),
    (
      #"{\#(validHeader),"kvs":[{"key":"L3g=","create_revision":"5","version":"1"}]}"#,
      "mod_revision"
    ),
    (
      #"{\#(validHeader),"kvs":[{"key":"L3g","create_revision":"5","mod_revision":"5","version":"1"}]}"#,
      "key"
    ),
    (
      #"{\#(validHeader),"kvs":[{"key":"L3g=","value":5,"create_revision":"5","mod_revision":"5","version":"1"}]}"#,
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
        #","succeeded":true,"responses":[{"response_put":{"header":{"revision":"4"}}}]"#,
        true, nil
      ),
      (
        #","responses":[{"response_range":{"header":{"revision":"4"},"kvs":[{"key":"L2lkZ2VuLzc=","create_revision":"3","mod_revision":"4","version":"2","value":"cmVjb3JkIDI="}],"count":"1"}}]"#,
        false, entry("/idgen/7", "record 2", created: 3, modified: 4, version: 2)
      ),
      (
        #","responses":[{"response_range":{"header":{"revision":"4"}}}]"#,
        false,
        nil
      ),
    ] as [(String, Bool, EtcdEntry?)])
  func recordedSwap(_ rest: String, _ succeeded: Bool, _ found: EtcdEntry?) throws {
    let answer = try EtcdSwapAnswer(Self.text(4, rest))
    #expect(answer.header == Self.header(4))
    #expect(answer.succeeded == succeeded)
    #expect(answer.found == found)
  }

  @Test func swapWithFalseInFull() throws {
    let rest = #","succeeded":false,"responses":[{"response_range":{}}]"#
    let answer = try EtcdSwapAnswer(Self.text(4, rest))
    #expect(!answer.succeeded)
    #expect(answer.found == nil)
  }

  /// A refusal without the current entry must not be read as "the key is absent", and a success
  /// needs the response of its operation.
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
      try EtcdSwapAnswer(Self.text(4, rest))
    }
  }

  // MARK: Tokens

  @Test func recordedToken() throws {
    let answer = try EtcdTokenAnswer(Self.text(5, #","token":"PwKrQkJAyLRRMfkm.20""#))
    #expect(answer.header == Self.header(5))
    #expect(answer.token == "PwKrQkJAyLRRMfkm.20")
  }

  @Test(arguments: [
    "", #","token":"""#, #","token":1"#, #","token":"a b""#, #","token":"a\r\nX: y""#,
    #","token":"\u00e9""#,
  ])
  func refusedToken(_ rest: String) {
    #expect(throws: EtcdAnswerError.field("token")) {
      try EtcdTokenAnswer(Self.text(4, rest))
    }
  }
}
