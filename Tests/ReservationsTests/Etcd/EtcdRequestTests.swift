import Testing

@testable import Reservations

/// Requests in the forms that etcd 3.4.23 has accepted and carried out.
struct EtcdRequestTests {
  private static let key = Array("/idgen/7".utf8)

  @Test(
    arguments: [
      (.range(from: key, to: nil), "/v3/kv/range", #"{"key":"L2lkZ2VuLzc="}"#),
      (
        .range(from: Array("/idgen/".utf8), to: Array("/idgen0".utf8)), "/v3/kv/range",
        #"{"key":"L2lkZ2VuLw==","range_end":"L2lkZ2VuMA=="}"#
      ),
      (
        .compareAndSwap(key, expected: .absent, value: Array("record 1".utf8)), "/v3/kv/txn",
        #"{"compare":[{"create_revision":"0","key":"L2lkZ2VuLzc=","result":"EQUAL","target":"CREATE"}],"#
          + #""failure":[{"request_range":{"key":"L2lkZ2VuLzc="}}],"#
          + #""success":[{"request_put":{"key":"L2lkZ2VuLzc=","value":"cmVjb3JkIDE="}}]}"#
      ),
      (
        .compareAndSwap(
          key, expected: .absent,
          known: .init(start: Array("/idgen/".utf8), end: Array("/idgen0".utf8), revision: 41),
          value: []), "/v3/kv/txn",
        #"{"compare":[{"create_revision":"0","key":"L2lkZ2VuLzc=","result":"EQUAL","target":"CREATE"},"#
          + #"{"create_revision":"42","key":"L2lkZ2VuLw==","range_end":"L2lkZ2VuMA==","result":"LESS","target":"CREATE"}],"#
          + #""failure":[{"request_range":{"key":"L2lkZ2VuLzc="}}],"#
          + #""success":[{"request_put":{"key":"L2lkZ2VuLzc=","value":""}}]}"#
      ),
      (
        .compareAndSwap(key, expected: .revision(.max), value: []), "/v3/kv/txn",
        #"{"compare":[{"key":"L2lkZ2VuLzc=","mod_revision":"9223372036854775807","result":"EQUAL","target":"MOD"}],"#
          + #""failure":[{"request_range":{"key":"L2lkZ2VuLzc="}}],"#
          + #""success":[{"request_put":{"key":"L2lkZ2VuLzc=","value":""}}]}"#
      ),
      (
        .authenticate(name: "a\"b", password: "p\\w\n\u{E9}"), "/v3/auth/authenticate",
        "{\"name\":\"a\\\"b\",\"password\":\"p\\\\w\\u000a\u{E9}\"}"
      ),
    ] as [(EtcdRequest, String, String)])
  func text(_ request: EtcdRequest, _ path: String, _ body: String) {
    #expect(request.path == path)
    #expect(String(decoding: request.body, as: UTF8.self) == body)
  }
}
