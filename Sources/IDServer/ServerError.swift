public import Reservations
public import UV

/// Why a server could not start, or had to stop.
public enum ServerError: Error, CustomStringConvertible {
  /// It could not claim a machine ID or reserve time.
  case start(StartError)
  /// The machine ID was lost to another process while the server ran.
  case lost(StoreError)
  /// No ID can be made, for this reason.
  case unavailable(String)
  /// Another process on this host serves the port with the same machine ID.
  case portHeld(port: UInt16, machineID: Int)
  /// The system refused an event loop or one of its handles.
  case loop(UVError)
  /// It cannot listen on the address.
  case listen(host: String, port: UInt16, UVError)
  /// It cannot listen on the address of `ADMIN_PORT`.
  case listenForOperators(host: String, port: UInt16, UVError)
  /// It cannot listen on the socket that it has inherited.
  case inheritedSocket(UVError)

  public var description: String {
    switch self {
    case .start(let error): "\(error)"
    case .unavailable(let reason): reason
    case .lost(let error): "the machine ID is lost: \(error)"
    case .portHeld(let port, let machineID):
      "machine ID \(machineID) is in use by another process on port \(port)"
    case .loop(let error): "cannot open the event loop: \(error)"
    case .inheritedSocket(let error): "cannot listen on the socket of LISTEN_FDS: \(error)"
    case .listenForOperators(let host, let port, let error):
      "cannot listen on \(SocketAddress.text(host: host, port: port)), for ADMIN_PORT: \(error)"
    case .listen(let host, let port, let error):
      "cannot listen on \(SocketAddress.text(host: host, port: port)): \(error)"
    }
  }
}
