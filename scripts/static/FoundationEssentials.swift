// A stand-in for the system's FoundationEssentials, with which `scripts/build-static` saves 6 MB.
//
// swift-argument-parser uses of it what is declared here, to ask whether an error is a
// `LocalizedError` (none of ours is) and to write JSON for the hidden option
// `--experimental-dump-help`, which therefore prints nothing in the static program. Should a later
// version use more, it will not compile against this, so nothing can go wrong unseen.

public protocol LocalizedError: Error {
  var errorDescription: String? { get }
}

public struct Data {}

public final class JSONEncoder {
  public struct OutputFormatting: OptionSet, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
      self.rawValue = rawValue
    }

    public static let prettyPrinted = Self(rawValue: 1)
    public static let sortedKeys = Self(rawValue: 2)
  }

  public struct Unsupported: Error {}

  public var outputFormatting: OutputFormatting = []

  public init() {}

  public func encode<Value: Encodable>(_ value: Value) throws(Unsupported) -> Data {
    throw Unsupported()
  }
}

extension String {
  public enum Encoding {
    case utf8
  }

  public init?(data: Data, encoding: Encoding) {
    nil
  }
}
