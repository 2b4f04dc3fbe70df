#if TLS
public import UV

/// The TLS of the connections that a server accepts, with certificates that change while it runs.
public final class TLSServer: StreamSecurity {
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

  /// Reads the files.
  public init(_ files: TLSFiles) throws(TLSError) {
    self.files = files
    buffers = try TLSBuffers()
    contents = try files.read().get()
    context = try Self.makeContext(contents)
  }

  /// The time until which the certificate holds, in seconds since 1970.
  public var expiryUnixSeconds: Int64 { context.expiryUnixSeconds }

  public func makeFilter(host: String?) throws(UVError) -> any StreamFilter {
    do throws(TLSError) {
      return TLSFilter(
        try TLSEngine(context, transport: buffers.transport), buffers: buffers,
        allowsTruncation: true)
    } catch {
      throw .noMemory
    }
  }

  private static func makeContext(_ contents: TLSFiles.Contents) throws(TLSError) -> TLSContext {
    guard let identity = contents.identity else { throw TLSError("a server needs a certificate") }
    return try TLSContext(server: identity, clientAuthorities: contents.authorities)
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
      context = try Self.makeContext(found)
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
#endif
