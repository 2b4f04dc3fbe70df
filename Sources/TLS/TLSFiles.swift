#if TLS
import Glibc

/// The files of a server's or a client's TLS, in PEM.
public struct TLSFiles: Equatable, Sendable {
  /// The certificate, followed by those of its authorities, and its key; `nil` for none.
  public var identity: Identity?
  /// The certificates of the authorities that are trusted; `nil` for those of the system, and for a
  /// server to ask clients for none.
  public var authorities: String?

  public struct Identity: Equatable, Sendable {
    public var certificates: String
    public var key: String

    public init(certificates: String, key: String) {
      (self.certificates, self.key) = (certificates, key)
    }
  }

  public init(identity: Identity? = nil, authorities: String? = nil) {
    (self.identity, self.authorities) = (identity, authorities)
  }

  /// What the files contain.
  struct Contents: Equatable, Sendable {
    var identity: TLSContext.Identity?
    var authorities: [UInt8]?
  }

  /// Reads the files. It may wait for the disk.
  func read() -> Result<Contents, TLSError> {
    Result { () throws(TLSError) in
      var contents = Contents()
      if let identity {
        contents.identity = TLSContext.Identity(
          certificates: try Self.read(identity.certificates), key: try Self.read(identity.key))
      }
      if let authorities { contents.authorities = try Self.read(authorities) }
      return contents
    }
  }

  /// The greatest size of a file, in bytes: the authorities of a whole system take a fifth of it.
  private static let fileBytes = 1_048_576

  private static func read(_ path: String) throws(TLSError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count <= fileBytes {
      var count = 0
      bytes.append(addingCapacity: 65_536) { span in
        unsafe span.withUnsafeMutableBufferPointer { buffer, initializedCount in
          count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
          initializedCount = max(0, count)
        }
      }
      guard count >= 0 else { throw .system(path) }
      if count == 0 { return bytes }
    }
    throw TLSError("\(path) is longer than \(fileBytes) bytes")
  }
}

extension TLSError {
  /// The error of the last system call. The C function is `strerror`.
  fileprivate static func system(_ path: String) -> TLSError {
    TLSError("\(path): \(unsafe String(cString: strerror(errno)))")
  }
}
#endif
