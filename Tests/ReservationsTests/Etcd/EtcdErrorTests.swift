import Testing

@testable import Reservations

struct EtcdErrorTests {
  /// The first form is an answer of etcd 3.4.23, byte for byte, except `revision of auth store is
  /// old`, which is from its source. The forms of 3.5 and 3.6 are those of etcd's issue 21100.
  @Test(
    arguments: [
      (400, 3, "etcdserver: user name is empty", .authenticationWanted),
      (401, 16, "etcdserver: invalid auth token", .authenticationWanted),
      (400, 3, "etcdserver: revision of auth store is old", .authenticationWanted),
      (
        400, 3, "etcdserver: authentication failed, invalid user ID or password",
        .credentialsRefused
      ),
      (412, 9, "etcdserver: authentication is not enabled", .other),
      (403, 7, "etcdserver: permission denied", .permissionDenied),
      (429, 8, "etcdserver: mvcc: database space exceeded", .other),
      (400, 11, "etcdserver: mvcc: required revision has been compacted", .other),
      (400, 11, "etcdserver: mvcc: required revision is a future revision", .other),
      (400, 3, "etcdserver: key is not provided", .other),
      (400, 3, "illegal base64 data at input byte 0", .other),
      (400, 3, "unexpected EOF", .other),
      (503, 14, "etcdserver: request timed out", .other),
      (503, 14, "etcdserver: no leader", .other),
      (500, 2, "context deadline exceeded", .other),
    ] as [(Int, Int, String, EtcdError.Meaning)])
  func known(_ status: Int, _ code: Int, _ message: String, _ meaning: EtcdError.Meaning) {
    for body in [
      #"{"error":"\#(message)","message":"\#(message)","code":\#(code)}"#,
      // 3.5
      #"{"error":"\#(message)","code":\#(code),"message":"\#(message)"}"#,
      // 3.6, with the spaces and the empty field that protojson may insert
      #"{"code":\#(code), "message":"\#(message)", "details":[]}"#,
      // 3.3, and the error of a streamed answer
      #"{"error":"\#(message)","code":\#(code)}"#,
      #"{"error":{"grpc_code":\#(code),"http_code":\#(status),"message":"\#(message)"}}"#,
    ] {
      let error = EtcdError(status: status, body: Array(body.utf8))
      #expect(error.status == status)
      #expect(error.code == code)
      #expect(error.message == message)
      #expect(error.meaning == meaning, "\(body)")
    }
  }

  /// With another text, or none, the code decides; without a code, the status.
  @Test(
    arguments: [
      (500, #"{"code":16,"message":"another text"}"#, 16, "another text", .authenticationWanted),
      (500, #"{"code":"7"}"#, 7, #"{"code":"7"}"#, .permissionDenied),
      (
        500, #"{"code":2,"message":"auth: revision in header is old"}"#, 2,
        "auth: revision in header is old",
        .authenticationWanted
      ),
      (401, #"{"code":3,"message":"x"}"#, 3, "x", .other),
      (404, "Not Found\n", nil, "Not Found ", .other),
      (404, #"{"code":5,"message":"Not Found"}"#, 5, "Not Found", .other),
      (401, "<html>", nil, "<html>", .authenticationWanted), (403, "", nil, "", .permissionDenied),
      (502, "a\u{1B}[31m\r\nb", nil, "a [31m  b", .other), (502, "[]", nil, "[]", .other),
      (
        500, #"{"code":1e3,"error":5,"message":""}"#, nil, #"{"code":1e3,"error":5,"message":""}"#,
        .other
      ),
      (500, #"{"error":{}}"#, nil, #"{"error":{}}"#, .other),
    ] as [(Int, String, Int?, String, EtcdError.Meaning)])
  func others(
    _ status: Int, _ body: String, _ code: Int?, _ message: String, _ meaning: EtcdError.Meaning
  ) {
    let error = EtcdError(status: status, body: Array(body.utf8))
    #expect(error.code == code)
    #expect(error.message == message)
    #expect(error.meaning == meaning)
  }

  @Test func longOrInvalid() {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
    #expect(EtcdError(status: 500, body: long).message.count == EtcdError.messageLength)
    #expect(EtcdError(status: 500, body: [0xFF]).message == "\u{FFFD}")
  }
}
