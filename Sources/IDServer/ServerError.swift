import Snowflake
import UV

/// Why a server could not start.
public enum ServerError: Error, CustomStringConvertible {
  case machineID(MachineIDError)
  /// The machine ID cannot be had, or its reservation not be read or written.
  case store(StoreError)
  /// The clock is further behind the reserved time than any crash explains.
  case clockBehindReservation(milliseconds: Int64)
  /// The system refused an event loop or one of its handles.
  case loop(UVError)
  /// The address cannot be listened on.
  case listen(host: String, port: UInt16, UVError)
  /// The socket that the process was started with cannot be listened on.
  case inheritedSocket(UVError)

  public var description: String {
    switch self {
    case .machineID(let error): "\(error)"
    case .store(let error): "\(error)"
    case .clockBehindReservation(let milliseconds):
      "the clock is \(milliseconds) ms behind the time that is reserved already: "
        + "set it right, or wait"
    case .loop(let error): "cannot open the event loop: \(error)"
    case .inheritedSocket(let error): "cannot listen on the socket of LISTEN_FDS: \(error)"
    case .listen(let host, let port, let error):
      "cannot listen on \(SocketAddress.text(host: host, port: port)): \(error)"
    }
  }
}
