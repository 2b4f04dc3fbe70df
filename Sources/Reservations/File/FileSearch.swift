import Snowflake

/// Finds a machine ID that can be claimed, in a folder.
struct FileSearch: Sendable {
  let directory: String
  let files: any FileSystem
  let layout: SnowflakeLayout
  /// In milliseconds since 1970.
  let now: Int64
  let leaseWindowMilliseconds: Int64

  /// The number of passes over the files before all machine IDs are considered held.
  private static let lookCount = 5

  struct Found: Sendable {
    var file: LockedFile
    var claim: ReservationClaim
  }

  /// What one pass over several machine IDs has found.
  private struct Findings {
    var clocks: [RecordedClock] = []
    /// Machine IDs without an owner whose limit is ahead by one window at most.
    var later: [(machineID: Int, limit: Int64)] = []
    /// Why others cannot be used.
    var passedOver: [StoreError] = []
    var isAnyHeld = false
  }

  /// Claims a machine ID. If only one is requested, it is claimed whatever its limit. Of several,
  /// the lowest is claimed that no process has and whose limit has passed: its first ID can be made
  /// at once. If there is none, the one whose limit passes first is claimed.
  ///
  /// Another process that only examines a file locks it for a moment. So if all machine IDs are
  /// held, it tries again.
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
        guard limit - now <= leaseWindowMilliseconds else {
          throw .ahead(
            name: found.file.name,
            startUnixMilliseconds: limit)
        }
        findings.later.append((machineID, limit))
      } catch {
        if machineIDs.count == 1 { return .failure(error) }
        switch error {
        case .held: findings.isAnyHeld = true
        // Another machine ID is no way out: the IDs of the two layouts could be the same.
        case .otherLayout: return .failure(error)
        default: findings.passedOver.append(error)
        }
      }
    }
    for (machineID, _) in findings.later.sorted(by: { $0.limit < $1.limit }) {
      if let found = try? claim(machineID, &findings) { return .success(found) }
      findings.isAnyHeld = true
    }
    // A held machine ID may become free, so a retry may help; a damaged file stays damaged.
    guard let first = findings.passedOver.first, !findings.isAnyHeld else {
      return .failure(.noneFree(machineIDs, passedOver: findings.passedOver))
    }
    return .failure(first)
  }

  private func claim(
    _ machineID: Int, _ findings: inout Findings
  ) throws(StoreError) -> Found {
    let place = FilePlace(
      directory: directory, files: files, layout: layout, now: now, machineID: machineID)
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
