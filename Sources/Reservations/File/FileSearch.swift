import Snowflake

/// Looks for a machine ID that can be used, in a folder.
struct FileSearch: Sendable {
  let directory: String
  let files: any FileSystem
  /// In milliseconds since the epoch of the format.
  let now: Int64
  let windowMilliseconds: Int64

  /// How often it looks before all are taken to be held.
  private static let lookCount = 5

  struct Found: Sendable {
    var file: LockedFile
    var claim: ReservationClaim
  }

  /// What a look at several machine IDs has shown.
  private struct Findings {
    var clocks: [RecordedClock] = []
    /// Those that nobody has, and that begin in a moment.
    var later: [(machineID: Int, limit: Int64)] = []
    /// Why others cannot be used.
    var passedOver: [StoreError] = []
    var isAnyHeld = false
  }

  /// A machine ID that is the only one asked for is taken whatever its limit. Of several, it is the
  /// lowest that no process has and whose limit has passed: its first ID can be made at once. If there
  /// is none, it is the one whose limit passes first.
  ///
  /// A start that only looks at a machine ID has its lock for a moment: where all are held, it looks
  /// again.
  func claim(_ machineIDs: ClosedRange<Int>) -> Result<Found, StoreError> {
    var result = look(at: machineIDs)
    for _ in 1..<Self.lookCount {
      guard machineIDs.count > 1, case .failure(.noneFree) = result else { break }
      files.pause()
      result = look(at: machineIDs)
    }
    return result
  }

  private func look(at machineIDs: ClosedRange<Int>) -> Result<Found, StoreError> {
    var findings = Findings()
    for machineID in machineIDs {
      do throws(StoreError) {
        let found = try claim(machineID, &findings)
        let limit = found.claim.found.limit
        if machineIDs.count == 1 || limit <= now { return .success(found) }
        guard limit - now <= windowMilliseconds else {
          throw .ahead(
            name: found.file.name,
            startUnixMilliseconds: limit + SnowflakeID.epochUnixMilliseconds)
        }
        findings.later.append((machineID, limit))
      } catch {
        if machineIDs.count == 1 { return .failure(error) }
        if case .held = error {
          findings.isAnyHeld = true
        } else {
          findings.passedOver.append(error)
        }
      }
    }
    for (machineID, _) in findings.later.sorted(by: { $0.limit < $1.limit }) {
      if let found = try? claim(machineID, &findings) { return .success(found) }
      findings.isAnyHeld = true
    }
    // One that is held may become free; what is wrong with a file stays.
    guard let first = findings.passedOver.first, !findings.isAnyHeld else {
      return .failure(.noneFree(machineIDs, passedOver: findings.passedOver))
    }
    return .failure(first)
  }

  private func claim(
    _ machineID: Int, _ findings: inout Findings
  ) throws(StoreError) -> Found {
    let place = FilePlace(directory: directory, files: files, machineID: machineID)
    let otherClocks = findings.clocks
    let (file, reservation) = try place.claim {
      if let clock = $0.clock { findings.clocks.append(clock) }
    }
    return Found(
      file: file,
      claim: ReservationClaim(
        machineID: machineID, found: reservation, passedOver: findings.passedOver,
        otherClocks: otherClocks))
  }
}
