#if TLS
import Glibc

/// The files of a server's or a client's TLS, in PEM.
public struct TLSFiles: Equatable, Sendable {
  /// The certificate chain and its key; `nil` for none.
  public var identity: Identity?
  /// The certificates of the authorities that are trusted; `nil` for those of the system, and for a
  /// server to ask clients for none.
  public var authorities: File?

  /// A file, and the setting that names it.
  public struct File: Equatable, Sendable, CustomStringConvertible {
    public var setting: String
    public var path: String

    public init(setting: String, path: String) { (self.setting, self.path) = (setting, path) }

    public var description: String { "\(setting) \(path)" }
  }

  public struct Identity: Equatable, Sendable {
    public var certificates: File
    public var key: File

    public init(certificates: File, key: File) {
      (self.certificates, self.key) = (certificates, key)
    }
  }

  public init(identity: Identity? = nil, authorities: File? = nil) {
    (self.identity, self.authorities) = (identity, authorities)
  }

  /// What a file is for.
  enum Kind {
    case certificates, key, authorities
  }

  /// What the files contain.
  struct Contents: Equatable, Sendable {
    var identity: TLSContext.Identity?
    var authorities: [UInt8]?
  }

  /// Adds to an error the setting and the path of the file that is at fault.
  func naming(_ error: TLSError) -> TLSError {
    let file: File? =
      switch error.file {
      case .certificates: identity?.certificates
      case .key: identity?.key
      case .authorities: authorities
      case nil: nil
      }
    return file.map { TLSError("\($0): \(error)") } ?? error
  }

  /// Reads the files. It may wait for the disk.
  func read() -> Result<Contents, TLSError> {
    Result { () throws(TLSError) in
      do throws(TLSError) {
        var contents = Contents()
        if let identity {
          contents.identity = TLSContext.Identity(
            certificates: try Self.read(identity.certificates, .certificates),
            key: try Self.read(identity.key, .key))
        }
        if let authorities { contents.authorities = try Self.read(authorities, .authorities) }
        return contents
      } catch {
        throw naming(error)
      }
    }
  }

  /// The greatest size of a file, in bytes: the authorities of a whole system take a fifth of it.
  private static let fileBytes = 1_048_576

  private static func read(_ file: File, _ kind: Kind) throws(TLSError) -> [UInt8] {
    let descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(kind) }
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
      guard count >= 0 else { throw .system(kind) }
      guard count == 0 else { continue }
      guard !bytes.isEmpty else { throw TLSError("it is empty", in: kind) }
      return bytes
    }
    throw TLSError("it is longer than \(fileBytes) bytes", in: kind)
  }
}

extension TLSError {
  /// The error of the last system call. The C function is `strerror`.
  fileprivate static func system(_ file: TLSFiles.Kind) -> TLSError {
    TLSError(unsafe String(cString: strerror(errno)), in: file)
  }
}
#endif
