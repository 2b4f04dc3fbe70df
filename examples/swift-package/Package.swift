// swift-tools-version: 6.2
// A program that makes IDs itself, with the library alone:
//   swift run --package-path examples/swift-package
import PackageDescription

let package = Package(
  name: "example",
  dependencies: [.package(name: "idgen", path: "../..", traits: [])],
  targets: [
    .executableTarget(
      name: "example", dependencies: [.product(name: "Snowflake", package: "idgen")])
  ]
)
