/// Why a request cannot be parsed. The start of the next request is then unknown, so the server
/// closes the connection.
///
/// The raw value is the stable `code` that clients see.
public enum RequestError: String, Error, CaseIterable, Sendable {
  // The lines of a head.
  case bareLineFeed = "bare_line_feed"
  case invalidRequestLine = "invalid_request_line"
  case invalidMethod = "invalid_method"
  case methodTooLong = "method_too_long"
  case invalidTarget = "invalid_target"
  case targetTooLong = "target_too_long"
  case unsupportedVersion = "unsupported_version"
  case headTooLarge = "head_too_large"
  case tooManyFields = "too_many_fields"
  case lineFolding = "line_folding"
  case invalidFieldName = "invalid_field_name"
  case invalidFieldValue = "invalid_field_value"

  // What the fields mean.
  case missingHost = "missing_host"
  case repeatedHost = "repeated_host"
  case invalidHost = "invalid_host"
  case invalidContentLength = "invalid_content_length"
  case repeatedContentLength = "repeated_content_length"
  case contentLengthAndTransferEncoding = "content_length_and_transfer_encoding"
  case invalidTransferEncoding = "invalid_transfer_encoding"
  case unknownTransferCoding = "unknown_transfer_coding"
  case unknownExpectation = "unknown_expectation"

  // The body.
  case bodyTooLarge = "body_too_large"
  case invalidChunk = "invalid_chunk"
  case trailersTooLarge = "trailers_too_large"
}

extension RequestError {
  public var status: Status {
    switch self {
    case .methodTooLong, .unknownTransferCoding: .notImplemented
    case .targetTooLong: .uriTooLong
    case .unsupportedVersion: .httpVersionNotSupported
    case .headTooLarge, .tooManyFields, .trailersTooLarge: .requestHeaderFieldsTooLarge
    case .unknownExpectation: .expectationFailed
    case .bodyTooLarge: .contentTooLarge
    default: .badRequest
    }
  }

  /// What is wrong and what is allowed, for the client's developer.
  public var detail: StaticString {
    switch self {
    case .bareLineFeed:
      "A line ends with LF alone. Lines end with CR LF (RFC 9112, section 2.2)."
    case .invalidRequestLine:
      "The request line is not: method, one space, target, one space, HTTP/1.1 (RFC 9112, section 3)."
    case .invalidMethod:
      "The method is not a token (RFC 9110, section 9.1)."
    case .methodTooLong:
      "The method is longer than any that is implemented here."
    case .invalidTarget:
      "The request target is not a valid path, http URI or asterisk (RFC 9112, section 3.2)."
    case .targetTooLong:
      "The request target is longer than is allowed here."
    case .unsupportedVersion:
      "The HTTP version is not 1.0 or 1.1."
    case .headTooLarge:
      "The request line and the fields together are longer than is allowed here."
    case .tooManyFields:
      "There are more fields than are allowed here."
    case .lineFolding:
      "A field line begins with whitespace. Folded lines are obsolete (RFC 9112, section 5.2)."
    case .invalidFieldName:
      "A field name is not a token followed at once by a colon (RFC 9112, section 5.1)."
    case .invalidFieldValue:
      "A field value has a control character in it (RFC 9110, section 5.5)."
    case .missingHost:
      "There is no Host field. HTTP/1.1 requires one (RFC 9112, section 3.2)."
    case .repeatedHost:
      "There is more than one Host field (RFC 9112, section 3.2)."
    case .invalidHost:
      "The host is not a name or address with an optional port (RFC 9110, section 7.2)."
    case .invalidContentLength:
      "Content-Length is not a decimal number (RFC 9110, section 8.6)."
    case .repeatedContentLength:
      "There is more than one Content-Length (RFC 9112, section 6.3)."
    case .contentLengthAndTransferEncoding:
      "There are both Content-Length and Transfer-Encoding (RFC 9112, section 6.1)."
    case .invalidTransferEncoding:
      "Transfer-Encoding does not end with chunked, once, in HTTP/1.1 (RFC 9112, section 6.1)."
    case .unknownTransferCoding:
      "The only transfer coding implemented here is chunked."
    case .unknownExpectation:
      "The only expectation known here is 100-continue (RFC 9110, section 10.1.1)."
    case .bodyTooLarge:
      "The body is longer than is allowed here."
    case .invalidChunk:
      "The chunked body is malformed (RFC 9112, section 7.1)."
    case .trailersTooLarge:
      "The trailers are longer than is allowed here."
    }
  }
}
