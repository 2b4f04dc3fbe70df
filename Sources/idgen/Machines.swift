import ArgumentParser
import IDServer
import Reservations

/// `idgen machines`: lists the machine IDs and their owners.
struct Machines: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the machine IDs that the store has records of, and their owners.",
    discussion: """
      Held: a process has it. Past: its process has not renewed it in time, and auto may take it \
      over. Free: no process has it. Unreadable: its record is damaged. The next owner begins at \
      the limit. The command claims and changes nothing, and prevents no process from starting.
      """)

  @OptionGroup
  var store: StoreOptions

  @Flag(help: "Prints one JSON object per line.")
  var json = false

  func run() throws {
    let list: MachineList
    do {
      list = try MachineList(
        of: StoreConfiguration.required(flags: store.flags, environment: environment))
    } catch let error as ConfigurationError {
      throw ExitCode.explained(.usage, error)
    } catch let error as ServerError {
      throw ExitCode.explained(ExitStatus(error), error)
    }
    var output = StandardOutput()
    for line in json ? list.jsonLines : list.lines { try output.writeLine(line) }
    try output.flush()
  }
}
