import HTTP1
import TestSupport
import Testing

@testable import API

struct ResourceTests {
  /// By the index of its resource, or `nil`; and the parameter.
  static let paths: [(path: String, resource: String?, parameter: String)] = [
    ("/id", "/id", ""), ("/%69%64", "/id", ""), ("/ids", "/ids", ""), ("/i", nil, ""),
    ("/idx", nil, ""), ("/id/", nil, ""), ("/ID", nil, ""), ("id", nil, ""), ("", "/", ""),
    ("/", "/", ""), ("//", nil, ""), ("/%2F", nil, ""), ("/health", "/health", ""),
    ("/healtx", nil, ""), ("/ready", "/ready", ""), ("/metrics", "/metrics", ""),
    ("/openapi.yaml", "/openapi.yaml", ""), ("/openapi.yamlx", nil, ""),
    ("/decode/", "/decode/{id}", ""), ("/decode/1", "/decode/{id}", "1"),
    ("/decode/1/2", "/decode/{id}", "1/2"), ("/decode/%31", "/decode/{id}", "1"),
    ("/decode", nil, ""), ("/bounds", "/bounds", ""), ("/bounds/", nil, ""), ("/decodex1", nil, ""),
    ("/%64ecode/x", "/decode/{id}", "x"),
  ]

  @Test(arguments: paths)
  func isFound(_ test: (path: String, resource: String?, parameter: String)) {
    // Not at the beginning of the bytes, nor at their end.
    let bytes = Array("GET \(test.path) HTTP".utf8)
    let found = Resource.find(4..<4 + test.path.utf8.count, in: bytes.span)
    #expect(found.map { Resource.all[$0.index].path } == test.resource)
    #expect((found?.parameter ?? "") == test.parameter)
  }

  /// No entry is hidden by one before it, and each has an index of its own to be counted by.
  @Test func pathsAndLabelsAreUnique() {
    for index in Resource.all.indices {
      let path = Array(Resource.all[index].path.utf8)
      #expect(Resource.find(path.indices, in: path.span)?.index == index)
      #expect(Endpoint(resource: index).label == Resource.all[index].path)
    }
    #expect(Set(Endpoint.all.map(\.label)).count == Endpoint.all.count)
    #expect(Set(Endpoint.all.map(\.index)) == Set(0..<Endpoint.all.count))
    #expect(Endpoint.all.count <= RequestMetrics.maximumEndpointCount)
  }

  /// A resource is described, and what is described exists.
  @Test func resourcesAreDescribed() {
    let described = APIDescriptionTests.text.matches(of: #/\n  (\/[^ \n]*):(?=\n)/#).map {
      String($0.1)
    }
    #expect(described.sorted() == Resource.all.map(\.path).sorted())
  }

  /// With the methods that it has, it is answered; with others, not.
  @Test(arguments: Resource.all.map(\.path), ["GET", "HEAD", "POST", "OPTIONS", "X"])
  func methodsAreThose(_ path: String, _ method: String) throws {
    let target =
      path.replacing("{id}", with: "1")
      + (path == "/ids" ? "?count=1" : path == "/bounds" ? "?from=0&to=9999999999999" : "")
    let (received, _) = try answer(to: request(target, method: method))
    let response = try #require(Received.all(in: received).first)
    let isAllowed = ["GET", "HEAD"].contains(method)
    #expect(response.status == "HTTP/1.1 " + (isAllowed ? "200 OK" : "405 Method Not Allowed"))
    #expect(response.fields["Allow"] == (isAllowed ? nil : "GET, HEAD"))
  }
}
