import BuildInfo
import Documents
import Snowflake

/// The page at `/`: a template whose placeholders are filled in, those of the layout once, and
/// those of an ID, such as `{{id}}`, for each request.
///
/// So it shows an ID and its parts without a script.
struct Page: Sendable {
  private enum Place: String, Sendable {
    case nonce, id, time, timestamp, sequence
    case machineID = "machine_id"
    case timestampBits = "timestamp_bits"
    case machineIDBits = "machine_id_bits"
    case sequenceBits = "sequence_bits"
  }

  private let template: Template<Place>
  private let layout: SnowflakeLayout
  private let byteCount: Int

  /// - Parameter hasMetrics: whether the page's port serves `/metrics`.
  init(
    _ document: [UInt8] = Documents.page, for limits: LayoutLimits, hasMetrics: Bool = true
  ) {
    layout = limits.layout
    var words = LayoutWords(limits).ofPage
    words["version"] = BuildInfo.version
    words["metrics_link"] = hasMetrics ? #"<a id="metrics" href="/metrics">Metrics</a>"# : ""
    let filled = Template.filled(document, with: words)
    template = Template(filled, place: Place.init(rawValue:))
    byteCount = filled.count
  }

  /// - Parameter nonce: the nonce of the response's Content-Security-Policy.
  func content(_ id: DecodedID, nonce: String) -> [UInt8] {
    var content: [UInt8] = []
    content.reserveCapacity(byteCount + 2048)
    for part in template.parts {
      switch part {
      case .bytes(let bytes): content += bytes
      case .place(let place): content += text(for: place, id, nonce: nonce).utf8
      }
    }
    return content
  }

  /// The length of that content in bytes, without rendering it.
  func contentByteCount(_ id: DecodedID, nonce: String) -> Int {
    template.parts.reduce(0) { byteCount, part in
      switch part {
      case .bytes(let bytes): byteCount + bytes.count
      case .place(.timestampBits):
        byteCount + Self.cellsByteCount(UInt64(id.parts.timestamp), count: layout.timestampBits)
      case .place(.machineIDBits):
        byteCount + Self.cellsByteCount(UInt64(id.parts.machineID), count: layout.machineIDBits)
      case .place(.sequenceBits):
        byteCount + Self.cellsByteCount(UInt64(id.parts.sequence), count: layout.sequenceBits)
      case .place(let place): byteCount + text(for: place, id, nonce: nonce).utf8.count
      }
    }
  }

  /// The text of a placeholder: digits, dates and markup of our own, and no input from clients.
  private func text(for place: Place, _ id: DecodedID, nonce: String) -> String {
    switch place {
    case .nonce: nonce
    case .id: "\(id.id)"
    case .time: "\(id.parts.time)"
    case .timestamp: "\(id.parts.timestamp)"
    case .machineID: "\(id.parts.machineID)"
    case .sequence: "\(id.parts.sequence)"
    case .timestampBits: Self.cells(UInt64(id.parts.timestamp), count: layout.timestampBits)
    case .machineIDBits: Self.cells(UInt64(id.parts.machineID), count: layout.machineIDBits)
    case .sequenceBits: Self.cells(UInt64(id.parts.sequence), count: layout.sequenceBits)
    }
  }

  /// The markup of the lowest `count` bits, the most significant first.
  private static func cells(_ bits: UInt64, count: Int) -> String {
    (0..<count).reversed().map { place in
      bits >> UInt64(place) & 1 == 1 ? one : zero
    }.joined()
  }

  private static let one = #"<i class="on">1</i>"#
  static let zero = "<i>0</i>"

  /// - Parameter bits: only the lowest `count` bits may be set.
  private static func cellsByteCount(_ bits: UInt64, count: Int) -> Int {
    count * zero.utf8.count + bits.nonzeroBitCount * (one.utf8.count - zero.utf8.count)
  }
}

// MARK: - Content Security Policy

extension Page {
  /// 128 random bits, different for each response.
  static func randomNonce() -> String {
    String(UInt64.random(in: 0 ... .max), radix: 16)
      + String(UInt64.random(in: 0 ... .max), radix: 16)
  }

  /// The browser loads nothing from other origins, applies only the page's own style and script,
  /// and lets no other site frame the page: Content Security Policy Level 3.
  static func securityFieldLines(nonce: String) -> String {
    """
    Content-Security-Policy: default-src 'none'; script-src 'nonce-\(nonce)'; \
    style-src 'nonce-\(nonce)'; connect-src 'self'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'\r
    X-Content-Type-Options: nosniff\r
    Referrer-Policy: no-referrer\r
    Cross-Origin-Opener-Policy: same-origin\r

    """
  }
}
