#if TLS
import Glibc
public import UV

/// The TLS of the connections that a server accepts or that a client opens, with certificates that
/// change while it runs.
public final class TLSCredentials: StreamSecurity {
  private let role: TLSContext.Role
  private let files: TLSFiles
  private let buffers: TLSBuffers
  private var contents: TLSFiles.Contents
  private var context: TLSContext
  private var timer: Timer?
  /// What the files contain since they have changed, and whether that has been handled.
  private var change: (found: Result<TLSFiles.Contents, TLSError>, isHandled: Bool)?
  /// The last warning that was reported.
  private var warning: TLSError?

  /// What has become of files that have changed.
  public enum Change {
    /// New connections use them.
    case taken
    /// They cannot be used, for this reason; new connections use the last ones that could.
    case refused(TLSError)
    /// New connections use the certificate, but peers that verify it refuse it, for this reason.
    case warned(TLSError)
  }

  /// How often the files are looked at.
  private static let intervalMilliseconds: UInt64 = 5000
  /// How long files that have changed must stay the same before they count: certificate and key are
  /// replaced one after the other.
  private static let settlingMilliseconds: UInt64 = 1000

  /// Reads the files of a server, which must have a certificate.
  public static func server(_ files: TLSFiles) throws(TLSError) -> TLSCredentials {
    try TLSCredentials(files, .server)
  }

  /// Reads the files of a client.
  public static func client(_ files: TLSFiles) throws(TLSError) -> TLSCredentials {
    try TLSCredentials(files, .client)
  }

  /// Reads the files of a client that asks whether a server is alive: one that serves a certificate
  /// which has expired is, and to end it would help nobody.
  public static func healthCheck(_ files: TLSFiles) throws(TLSError) -> TLSCredentials {
    let credentials = try TLSCredentials(files, .client)
    credentials.context.ignoreTime()
    return credentials
  }

  private init(_ files: TLSFiles, _ role: TLSContext.Role) throws(TLSError) {
    self.files = files
    self.role = role
    buffers = try TLSBuffers()
    contents = try files.read().get()
    context = try Self.context(contents, files, role)
  }

  private static func context(
    _ contents: TLSFiles.Contents, _ files: TLSFiles, _ role: TLSContext.Role
  ) throws(TLSError) -> TLSContext {
    do throws(TLSError) {
      return try TLSContext(contents, role)
    } catch {
      throw files.naming(error)
    }
  }

  /// The time until which the certificate holds, in seconds since 1970.
  public var expiryUnixSeconds: Int64 { context.expiryUnixSeconds }

  public func makeFilter(host: String?) throws(UVError) -> any StreamFilter {
    do throws(TLSError) {
      return TLSFilter(
        try TLSEngine(context, transport: buffers.transport, host: host), buffers: buffers,
        allowsTruncation: role == .server)
    } catch {
      throw .noMemory
    }
  }

  /// Looks at the files every few seconds, on another thread, and takes them over when they have
  /// changed and fit together.
  ///
  /// - Parameter didChange: called when they have been taken over, and once for each error and for
  ///   each warning, also for one that holds now.
  public func watch(on loop: Loop, didChange: @escaping (Change) -> Void) throws(UVError) {
    let timer = try Timer(loop: loop)
    self.timer = timer
    timer.unreference()
    warn(didChange)
    lookLater(timer, loop, didChange)
  }

  /// Stops looking at the files.
  public func close() {
    timer?.close()
    timer = nil
  }

  private func lookLater(_ timer: Timer, _ loop: Loop, _ didChange: @escaping (Change) -> Void) {
    guard self.timer != nil else { return }
    let isSettling = change?.isHandled == false
    timer.start(
      afterMilliseconds: isSettling ? Self.settlingMilliseconds : Self.intervalMilliseconds
    ) { [unowned self] in
      do throws(UVError) {
        try ThreadPool.run(on: loop, files.read) { [weak self] found in
          self?.didRead(found, didChange)
          self?.lookLater(timer, loop, didChange)
        }
      } catch {
        lookLater(timer, loop, didChange)
      }
    }
  }

  /// Handles what the files contain now. What is new counts once it is found twice in a row.
  func didRead(
    _ found: Result<TLSFiles.Contents, TLSError>, _ didChange: (Change) -> Void
  ) {
    if found == .success(contents) {
      change = nil
    } else if let change, change.found == found {
      self.change = (found, isHandled: true)
      if !change.isHandled { take(found, didChange) }
    } else {
      change = (found, isHandled: false)
    }
    warn(didChange)
  }

  private func take(
    _ found: Result<TLSFiles.Contents, TLSError>, _ didChange: (Change) -> Void
  ) {
    do throws(TLSError) {
      let found = try found.get()
      context = try Self.context(found, files, role)
      contents = found
      change = nil
      warning = nil
      didChange(.taken)
    } catch {
      didChange(.refused(error))
    }
  }

  /// Certificates expire also if nothing changes.
  private func warn(_ didChange: (Change) -> Void) {
    let warning = context.warning(atUnixSeconds: Int64(time(nil))).map(files.naming)
    defer { self.warning = warning }
    if let warning, warning != self.warning { didChange(.warned(warning)) }
  }
}

extension TLSContext {
  fileprivate convenience init(
    _ contents: TLSFiles.Contents, _ role: Role
  ) throws(TLSError) {
    switch role {
    case .client:
      try self.init(clientTrusting: contents.authorities, identity: contents.identity)
    case .server:
      guard let identity = contents.identity else { throw TLSError("a server needs a certificate") }
      try self.init(server: identity, clientAuthorities: contents.authorities)
    }
  }
}
#endif
