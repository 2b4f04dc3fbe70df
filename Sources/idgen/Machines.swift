import IDServer
import Settings

extension Command {
  /// `idgen machines`: lists the machine IDs and their owners.
  static let machines = Command(
    name: "machines",
    summary: "List the machine IDs that the store has records of, and their owners.",
    details: """
      Held: a process has it. Past: its process has not renewed it in time, and auto may take it \
      over. Free: no process has it. Unreadable: its record is damaged. The next owner begins at \
      the limit. The command claims and changes nothing, and prevents no process from starting.
      """,
    groups: [.store, .output]
  ) { arguments throws(Exit) in
    let (store, isJSON) = try arguments.configuration {
      values throws(ConfigurationError) in (try values.requiredStore(), values.isJSON)
    }
    let security = try Security.store(store)
    let list = try Exit.onServerError { () throws(ServerError) in
      try MachineList(of: store, security: security)
    }
    try StandardOutput.writeLines(isJSON ? list.jsonLines : list.lines)
  }
}
