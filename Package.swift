// swift-tools-version: 6.2
import PackageDescription

/// One set of rules for every target: unsafe code is marked, and every warning is an error.
let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// What only scripts/docs needs, so that no user of the library fetches it.
let documentation: [Package.Dependency] =
  Context.environment["IDGEN_DOCC"] == nil
  ? []
  : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", exact: "1.5.0")]

/// The condition of what only the server needs: a package that uses the library alone passes
/// `traits: []`, and SwiftPM does not fetch it.
let ifServer = TargetDependencyCondition.when(traits: ["Server"])

/// The condition of what only encrypted connections need: without it, the package needs no OpenSSL.
let ifTLS = TargetDependencyCondition.when(traits: ["TLS"])

let package = Package(
  name: "idgen",
  products: [
    .library(name: "Snowflake", targets: ["Snowflake"]),
    .executable(name: "idgen", targets: ["idgen"]),
  ],
  traits: [
    .default(enabledTraits: ["Server"]), .trait(name: "Server", description: "Builds the server."),
    .trait(
      name: "TLS", description: "Lets the server speak TLS; needs OpenSSL's libssl-dev.",
      enabledTraits: ["Server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0")
  ] + documentation,
  targets: [
    .systemLibrary(
      name: "CLibUV", path: "CLibUV", pkgConfig: "libuv",
      providers: [.apt(["libuv1-dev"])]),
    .systemLibrary(
      name: "COpenSSL", path: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .target(name: "Snowflake", swiftSettings: settings),
    .target(
      name: "TLS",
      dependencies: [.target(name: "COpenSSL", condition: ifTLS), "UV"],
      swiftSettings: settings),
    .target(name: "HTTP1", swiftSettings: settings),
    .target(
      name: "BuildInfo", resources: [.embedInCode("commit.txt")], swiftSettings: settings),
    .target(
      name: "Documents",
      resources: [.embedInCode("page.html"), .embedInCode("openapi.yaml")],
      swiftSettings: settings),
    .target(name: "UV", dependencies: ["CLibUV"], swiftSettings: settings),
    .target(
      name: "HTTPClient", dependencies: ["BuildInfo", "HTTP1", "UV"], swiftSettings: settings),
    .target(
      name: "Reservations", dependencies: ["HTTP1", "HTTPClient", "Snowflake", "UV"],
      swiftSettings: settings),
    .target(
      name: "API", dependencies: ["BuildInfo", "Documents", "HTTP1", "Reservations", "Snowflake"],
      swiftSettings: settings),
    .target(
      name: "IDServer",
      dependencies: [
        "API", "BuildInfo", "HTTP1", "Reservations", "Snowflake", "UV",
        .product(name: "Logging", package: "swift-log", condition: ifServer),
      ],
      swiftSettings: settings),
    .target(
      name: "Settings",
      dependencies: ["API", "HTTP1", "IDServer", "Reservations", "Snowflake"],
      swiftSettings: settings),
    .executableTarget(
      name: "idgen",
      dependencies: [
        "API", "BuildInfo", "IDServer", "Reservations", "Settings", "Snowflake", "UV",
        .target(name: "TLS", condition: ifTLS),
        .product(name: "Logging", package: "swift-log", condition: ifServer),
      ],
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Reservations", "Snowflake"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .testTarget(
      name: "SnowflakeTests", dependencies: ["Snowflake", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "HTTP1Tests", dependencies: ["HTTP1", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "TLSTests",
      dependencies: [
        .target(name: "COpenSSL", condition: ifTLS), "TestSupport", "TLS", "UV",
      ], swiftSettings: settings),
    .testTarget(name: "UVTests", dependencies: ["CLibUV", "UV"], swiftSettings: settings),
    .testTarget(
      name: "ReservationsTests",
      dependencies: ["HTTP1", "HTTPClient", "Reservations", "Snowflake", "TestSupport", "UV"],
      swiftSettings: settings),
    .testTarget(
      name: "HTTPClientTests", dependencies: ["BuildInfo", "HTTPClient", "HTTP1", "UV"],
      swiftSettings: settings),
    .testTarget(
      name: "APITests",
      dependencies: [
        "API", "BuildInfo", "Documents", "HTTP1", "Reservations", "Snowflake", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "IDServerTests",
      dependencies: [
        "API", "IDServer", "HTTP1", "Reservations", "Snowflake", "TestSupport", "UV",
        .product(name: "Logging", package: "swift-log", condition: ifServer),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "SettingsTests",
      dependencies: [
        "API", "HTTP1", "IDServer", "Reservations", "Settings", "Snowflake", "UV",
        .product(name: "Logging", package: "swift-log", condition: ifServer),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["idgen", "TestSupport", .target(name: "TLS", condition: ifTLS)],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
