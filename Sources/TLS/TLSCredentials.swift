#if TLS
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
  /// The last error of the files that was reported.
  private var reported: TLSError?

  /// What has become of files that have changed.
  public enum Change {
    /// New connections use them.
    case taken
    /// They cannot be used, for this reason; new connections use the last ones that could.
    case refused(TLSError)
  }

  /// How often the files are looked at.
  private static let intervalMilliseconds: UInt64 = 5000

  /// Reads the files of a server, which must have a certificate.
  public static func server(_ files: TLSFiles) throws(TLSError) -> TLSCredentials {
    try TLSCredentials(files, .server)
  }

  /// Reads the files of a client.
  public static func client(_ files: TLSFiles) throws(TLSError) -> TLSCredentials {
    try TLSCredentials(files, .client)
  }

  private init(_ files: TLSFiles, _ role: TLSContext.Role) throws(TLSError) {
    self.files = files
    self.role = role
    buffers = try TLSBuffers()
    contents = try files.read().get()
    context = try TLSContext(contents, role)
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
  /// - Parameter didChange: called when they have been taken over, and once for each error.
  public func watch(on loop: Loop, didChange: @escaping (Change) -> Void) throws(UVError) {
    let timer = try Timer(loop: loop)
    self.timer = timer
    timer.unreference()
    lookLater(timer, loop, didChange)
  }

  /// Stops looking at the files.
  public func close() {
    timer?.close()
    timer = nil
  }

  private func lookLater(_ timer: Timer, _ loop: Loop, _ didChange: @escaping (Change) -> Void) {
    guard self.timer != nil else { return }
    timer.start(afterMilliseconds: Self.intervalMilliseconds) { [unowned self] in
      do throws(UVError) {
        try ThreadPool.run(on: loop, files.read) { [weak self] result in
          self?.didRead(result, didChange)
          self?.lookLater(timer, loop, didChange)
        }
      } catch {
        lookLater(timer, loop, didChange)
      }
    }
  }

  private func didRead(
    _ result: Result<TLSFiles.Contents, TLSError>, _ didChange: (Change) -> Void
  ) {
    do throws(TLSError) {
      let found = try result.get()
      guard found != contents else {
        reported = nil
        return
      }
      context = try TLSContext(found, role)
      contents = found
      reported = nil
      didChange(.taken)
    } catch {
      guard error != reported else { return }
      reported = error
      didChange(.refused(error))
    }
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
