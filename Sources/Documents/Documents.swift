/// What the server hands out: files beside this one, built into the program byte for byte. Names in
/// double braces are places to fill.
///
/// They are a module of their own because to compile them takes seconds, and they rarely change.
public enum Documents {
  /// The page at `/`, with places to fill such as `{{id}}`.
  public static var page: [UInt8] { PackageResources.page_html }

  /// The description of the API, OpenAPI 3.1, with places for the numbers and examples of the
  /// layout. docs/openapi.yaml is the description of the default layout.
  public static var apiDescription: [UInt8] { PackageResources.openapi_yaml }
}
