import ArgumentParser
import IDServer
import Reservations

/// `idgen machines`: who has which machine ID.
struct Machines: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the machine IDs that the store has a record of, and who has them.",
    discussion: """
      Held: a process has it. Past: its process has not renewed it in time, and auto takes it. Free: \
      no process has it. Unreadable: what is recorded is damaged. The limit is what its next owner \
      begins at. Nothing is claimed or changed, and no process is kept from starting.
      """)

  @OptionGroup
  var store: StoreOptions

  @Flag(help: "One JSON object a line.")
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
