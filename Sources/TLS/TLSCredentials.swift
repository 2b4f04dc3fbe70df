#if TLS
import Glibc
public import UV

/// Makes the filters of connections that a server accepts or a client opens, and reloads the
/// certificates when their files change.
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

  /// A report on the files.
  public enum Change {
    /// They have changed, and new connections use them.
    case reloaded
    /// They have changed, and cannot be used; new connections use the last ones that could.
    case refused(TLSError)
    /// The certificate has expired or is not valid yet.
    case warned(TLSError)
  }

  /// How often the files are checked.
  private static let intervalMilliseconds: UInt64 = 5000
  /// How long files that have changed must stay the same before they are used: certificate and key
  /// are replaced one after the other.
  private static let settlingMilliseconds: UInt64 = 1000

  /// Reads the files of a server, which must have a certificate.
  public static func server(_ files: TLSFiles) throws(TLSError) -> TLSCredentials {
    try TLSCredentials(files, .server)
  }

  /// Reads the files of a client.
  public static func client(_ files: TLSFiles) throws(TLSError) -> TLSCredentials {
    try TLSCredentials(files, .client)
  }

  /// Reads the files of a client that asks whether a server is alive. One whose certificate has
  /// expired is: a supervisor that ended it would help nobody.
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

  /// The time at which the first certificate of the chain expires, in seconds since 1970.
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

  /// Checks the files every few seconds, on another thread, and reloads them when they have changed
  /// and fit together.
  ///
  /// - Parameter didChange: called for each reload, and once for each error and each warning; for a
  ///   warning about the present files, before this returns.
  public func watch(on loop: Loop, didChange: @escaping (Change) -> Void) throws(UVError) {
    let timer = try Timer(loop: loop)
    self.timer = timer
    timer.unreference()
    warn(didChange)
    checkLater(timer, loop, didChange)
  }

  /// Stops checking the files.
  public func close() {
    timer?.close()
    timer = nil
  }

  private func checkLater(_ timer: Timer, _ loop: Loop, _ didChange: @escaping (Change) -> Void) {
    guard self.timer != nil else { return }
    let isSettling = change?.isHandled == false
    timer.start(
      afterMilliseconds: isSettling ? Self.settlingMilliseconds : Self.intervalMilliseconds
    ) { [unowned self] in
      do throws(UVError) {
        try ThreadPool.run(on: loop, files.read) { [weak self] found in
          self?.didRead(found, didChange)
          self?.checkLater(timer, loop, didChange)
        }
      } catch {
        checkLater(timer, loop, didChange)
      }
    }
  }

  /// Handles what the files contain now. A change is used once it is found twice in a row.
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
      didChange(.reloaded)
    } catch {
      didChange(.refused(error))
    }
  }

  /// Called after each check, because certificates expire without a change of the files.
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
