/// What the server hands out: files beside this one, built into the program byte for byte.
///
/// They are a module of their own because to compile them takes seconds, and they rarely change.
public enum Documents {
  /// The page at `/`, with places to fill such as `{{id}}`.
  public static var page: [UInt8] { PackageResources.page_html }

  /// The description of the API, OpenAPI 3.1. Also at docs/openapi.yaml, which is a link to it.
  public static var apiDescription: [UInt8] { PackageResources.openapi_yaml }
}
