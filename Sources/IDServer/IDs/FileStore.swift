import Snowflake
import UV

/// A store for the processes of one host: a file for each machine ID, locked as long as a process
/// has it.
///
/// All that may wait for the disk is done on a thread of libuv's pool, so a slow disk does not stop
/// the loop. The lock is `flock`: it goes with the process, however that ends.
package final class FileStore: ReservationStore {
  private let directory: String
  private let files: any FileSystem
  private let executor: any BackgroundExecutor
  private var file: LockedFile?

  package var name: String { directory }

  /// - Parameter directory: exists, and can be written to.
  package init(
    directory: String, files: any FileSystem = HostFileSystem(),
    executor: any BackgroundExecutor
  ) {
    self.directory = directory
    self.files = files
    self.executor = executor
  }

  package func claim(
    _ machineIDs: ClosedRange<Int>, latestStart: Int64,
    _ completion: @escaping (Result<ReservationClaim, StoreError>) -> Void
  ) {
    let search = FileSearch(directory: directory, files: files, latestStart: latestStart)
    do throws(UVError) {
      try executor.run(
        { search.claim(machineIDs) },
        completion: { [self] result in
          completion(
            result.map { found in
              file = found.file
              return found.claim
            })
        })
    } catch {
      completion(.failure(.system(name: directory, reason: error.message)))
    }
  }

  package func extend(
    to reservation: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    guard let file else { return completion(.system(name: directory, reason: "not claimed")) }
    write(reservation, to: file, completion)
  }

  package func release(
    _ reservation: Reservation, _ completion: @escaping (StoreError?) -> Void
  ) {
    guard let file else { return completion(nil) }
    write(reservation, to: file) { [self] error in
      self.file = nil
      completion(error)
    }
  }

  private func write(
    _ reservation: Reservation, to file: LockedFile,
    _ completion: @escaping (StoreError?) -> Void
  ) {
    do throws(UVError) {
      try executor.run({ file.write(reservation) }, completion: completion)
    } catch {
      completion(.system(name: file.name, reason: error.message))
    }
  }
}

/// Runs what may wait for the disk.
package protocol BackgroundExecutor {
  /// Runs `body` elsewhere, then `completion` with its result on the loop's thread.
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

/// Looks for a machine ID that can be used.
private struct FileSearch: Sendable {
  let directory: String
  let files: any FileSystem
  let latestStart: Int64

  struct Found: Sendable {
    var file: LockedFile
    var claim: ReservationClaim
  }

  func claim(_ machineIDs: ClosedRange<Int>) -> Result<Found, StoreError> {
    var passedOver: [StoreError] = []
    var isAnyHeld = false
    var clocks: [RecordedClock] = []
    for machineID in machineIDs {
      do throws(StoreError) {
        let place = FilePlace(directory: directory, files: files, machineID: machineID)
        let otherClocks = clocks
        let (file, reservation) = try place.claim {
          if let clock = $0.clock { clocks.append(clock) }
        }
        if machineIDs.count > 1, reservation.limit > latestStart {
          throw .ahead(
            name: place.name,
            startUnixMilliseconds: reservation.limit + SnowflakeID.epochUnixMilliseconds)
        }
        return .success(
          Found(
            file: file,
            claim: ReservationClaim(
              machineID: machineID, reservation: reservation, passedOver: passedOver,
              otherClocks: otherClocks)))
      } catch {
        if machineIDs.count == 1 { return .failure(error) }
        if case .held = error { isAnyHeld = true } else { passedOver.append(error) }
      }
    }
    // One that is held may become free; what is wrong with a file stays.
    guard let first = passedOver.first, !isAnyHeld else {
      return .failure(.noneFree(machineIDs, passedOver: passedOver))
    }
    return .failure(first)
  }
}
