package import UV

/// A store for the processes of one host: a file for each machine ID, which its owner keeps locked.
///
/// All calls that may wait for the disk run on a thread of libuv's pool, so a slow disk does not
/// block the loop. The lock is `flock`: the kernel releases it when the process ends, in whatever
/// way.
package final class FileStore: ReservationStore {
  private let directory: String
  private let files: any FileSystem
  private let executor: any BackgroundExecutor
  private var file: LockedFile?

  package var name: String { directory }
  package let policy = ReservationPolicy(
    kind: "file", leaseWindowMilliseconds: 3000, retryMilliseconds: 200, renewsAtRest: false)
  /// Never called: each write checks first whether the file has been deleted or replaced.
  package var didLose: (StoreError) -> Void = { _ in }
  /// Never called: a thread that waits for the disk cannot report it.
  package var didWait: (String) -> Void = { _ in }

  /// - Parameter directory: an existing folder that the process may write to.
  package init(
    directory: String, files: any FileSystem = HostFileSystem(),
    executor: any BackgroundExecutor
  ) {
    self.directory = directory
    self.files = files
    self.executor = executor
  }

  package func claim(
    _ terms: ClaimTerms, _ completion: @escaping (Result<ReservationClaim, StartError>) -> Void
  ) {
    let search = FileSearch(
      directory: directory, files: files, layout: terms.layout,
      now: terms.clock().unixMilliseconds, leaseWindowMilliseconds: terms.leaseWindowMilliseconds)
    let machineIDs = terms.machineIDs
    let look = { @Sendable in search.claim(machineIDs) }
    run(look) { [self] result in
      do throws(StartError) {
        let found = try result.mapError { StartError.store($0) }.get()
        let claim = try found.claim.applying(terms).get()
        guard claim.reserved != claim.found else {
          file = found.file
          return completion(.success(claim))
        }
        write(claim.reserved, to: found.file) { [self] error in
          if let error { return completion(.failure(.store(error))) }
          file = found.file
          completion(.success(claim))
        }
      } catch {
        completion(.failure(error))
      }
    }
  }

  /// No effect: a call that waits for the disk cannot be cancelled.
  package func endClaim() {}

  package func renew(
    _ held: Reservation, to next: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    // The file is locked, and `write` checks that it is still there: no other process has written
    // to it.
    guard let file else { return completion(.system(name: directory, reason: "not claimed")) }
    write(next, to: file, completion)
  }

  package func release(
    _ held: Reservation, as last: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    guard let file else { return completion(nil) }
    write(last, to: file) { [self] error in
      self.file = nil
      completion(error)
    }
  }

  /// No effect: only a call in progress keeps the loop running.
  package func close() {}

  package func list(_ completion: @escaping (Result<[MachineSlot], StoreError>) -> Void) {
    let listing = FileListing(directory: directory)
    run({ @Sendable in listing.slots() }, completion)
  }

  private func write(
    _ reservation: Reservation, to file: LockedFile,
    _ completion: @escaping (StoreError?) -> Void
  ) {
    let write = { @Sendable in Result { () throws(StoreError) in try file.write(reservation) } }
    run(write) {
      if case .failure(let error) = $0 { completion(error) } else { completion(nil) }
    }
  }

  /// Runs a call that may wait for the disk on another thread.
  private func run<Value: Sendable>(
    _ body: @escaping @Sendable () -> Result<Value, StoreError>,
    _ completion: @escaping (Result<Value, StoreError>) -> Void
  ) {
    do throws(UVError) {
      try executor.run(body, completion: completion)
    } catch {
      completion(.failure(.system(name: directory, reason: error.message)))
    }
  }
}

/// Runs calls that may wait for the disk.
package protocol BackgroundExecutor {
  /// Runs `body` on another thread, then `completion` with its result on the loop's thread.
  func run<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value, completion: @escaping (Value) -> Void
  ) throws(UVError)
}

/// The threads of libuv's pool.
package struct ThreadPoolExecutor: BackgroundExecutor {
  private let loop: Loop

  package init(loop: Loop) { self.loop = loop }

  package func run<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value, completion: @escaping (Value) -> Void
  ) throws(UVError) {
    try ThreadPool.run(on: loop, body, completion: completion)
  }
}
