import API
package import Reservations
import Snowflake
package import UV

/// The records of a store, as `idgen machines` lists them.
package struct MachineList: Equatable, Sendable {
  package var slots: [MachineSlot]
  /// The time at which the store answered.
  package var now: ClockReading

  package init(slots: [MachineSlot], now: ClockReading) {
    (self.slots, self.now) = (slots, now)
  }

  /// Reads the records; runs a loop of its own until the store has answered.
  ///
  /// - Parameter security: for a store over TLS.
  package init(
    of configuration: StoreConfiguration, security: (any StreamSecurity)?
  ) throws(ServerError) {
    let answer: Result<[MachineSlot], StoreError>?
    let policy: ReservationPolicy
    do throws(UVError) {
      let loop = try Loop()
      let store = try configuration.open(on: loop, security: security)
      policy = store.policy
      answer = Self.ask(store, on: loop)
    } catch {
      throw .loop(error)
    }
    let now = ClockReading.now()
    switch answer {
    case .success(let slots):
      self.init(slots: slots.map { $0.markingPast(at: now, policy: policy) }, now: now)
    case .failure(let error): throw .start(.store(error))
    case nil: throw .start(.store(.system(name: "the store", reason: "it does not answer")))
    }
  }

  private static func ask(
    _ store: any ReservationStore, on loop: Loop
  ) -> Result<[MachineSlot], StoreError>? {
    var answer: Result<[MachineSlot], StoreError>?
    store.list {
      answer = $0
      store.close()
    }
    loop.run()
    return answer
  }
}

// MARK: - As text

extension MachineList {
  /// A table with a heading and a line for each machine ID.
  package var lines: [String] {
    let rows =
      [["machine", "state", "limit", "from now", "owner"]]
      + slots.map { slot in
        let limit = slot.limit.map { limit in
          ["\(UTCTime(unixMilliseconds: limit))", Self.distance(limit - now.unixMilliseconds)]
        }
        return ["\(slot.machineID)", slot.state.name] + (limit ?? ["", ""])
          + [slot.owner?.description ?? slot.state.reason ?? ""]
      }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// Such as `in 2.134 s` or `3 d 4 h ago`.
  static func distance(_ milliseconds: Int64) -> String {
    let magnitude = milliseconds.magnitude
    let (seconds, minutes, hours) = (magnitude / 1000, magnitude / 60_000, magnitude / 3_600_000)
    let text: String
    if minutes == 0 {
      let digits = "\(magnitude % 1000)"
      text = "\(seconds)." + String(repeating: "0", count: 3 - digits.count) + digits + " s"
    } else if hours == 0 {
      text = "\(minutes) min \(seconds % 60) s"
    } else if hours < 24 {
      text = "\(hours) h \(minutes % 60) min"
    } else {
      text = "\(hours / 24) d \(hours % 24) h"
    }
    return milliseconds < 0 ? "\(text) ago" : "in \(text)"
  }
}

// MARK: - As JSON

extension MachineList {
  /// A JSON object for each machine ID. Each has all members; unknown values are `null`.
  package var jsonLines: [String] { slots.map(json) }

  private func json(_ slot: MachineSlot) -> String {
    func text(_ value: String?) -> String { value.map { "\"\($0.escapedForJSON)\"" } ?? "null" }
    func number(_ value: Int64?) -> String { value.map { "\($0)" } ?? "null" }
    return """
      {"machine_id": \(slot.machineID), "state": "\(slot.state.name)", \
      "process": \(number((slot.owner?.processID).map { Int64($0) })), \
      "host": \(text(slot.owner?.host)), \
      "limit_ms": \(number(slot.limit)), \
      "limit": \(text(slot.limit.map { "\(UTCTime(unixMilliseconds: $0))" })), \
      "remaining_ms": \(number(slot.limit.map { $0 - now.unixMilliseconds })), \
      "reason": \(text(slot.state.reason))}
      """
  }
}

extension MachineSlot.State {
  fileprivate var name: String {
    switch self {
    case .free: "free"
    case .held: "held"
    case .past: "past"
    case .unreadable: "unreadable"
    }
  }

  /// Why the record is unreadable.
  fileprivate var reason: String? {
    guard case .unreadable(let error) = self else { return nil }
    return switch error {
    case .unreadable(let name, let reason), .system(let name, let reason): "\(name): \(reason)"
    default: "\(error)"
    }
  }
}
