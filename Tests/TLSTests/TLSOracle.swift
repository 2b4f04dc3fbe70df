#if TLS
import COpenSSL

@testable import TLS

/// What must hold of a client and a server, whatever they send and whatever happens to the bytes
/// between them. An input is a list of steps.
struct TLSOracle {
  /// What does not hold, or `nil`.
  private(set) var fault: String?

  private let wire: Wire
  private var steps: ArraySlice<UInt8>
  private var sent: (server: [UInt8], client: [UInt8]) = ([], [])
  /// Whether bytes between them were changed.
  private var isDisturbed = false

  init(_ input: [UInt8], server: TLSContext, client: TLSContext) throws {
    steps = input[...]
    let options = steps.popFirst() ?? 0
    let version = options & 1 == 0 ? TLS1_3_VERSION : TLS1_2_VERSION
    client.offer(versions: version...version)
    wire = try Wire(server, client, partBytes: options & 2 == 0 ? 100_000 : 1 + Int(options >> 2))
    if options & 4 == 0 { wire.run() }
    while let step = steps.popFirst() { take(step) }
    wire.run()
    check()
  }

  private mutating func take(_ step: UInt8) {
    switch step % 10 {
    case 0: send(toServer: true)
    case 1: send(toServer: false)
    case 2: wire.deliverToServer()
    case 3: wire.deliverToClient()
    case 4: disturb(&wire.flights.server)
    case 5: disturb(&wire.flights.client)
    case 6: wire.endClient()
    case 7: wire.endServer()
    case 8: wire.run()
    default: insert(&wire.flights.server)
    }
    checkHeldBytes()
  }

  private mutating func send(toServer: Bool) {
    let count = Int(steps.popFirst() ?? 0) * Int(steps.popFirst() ?? 0)
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ count) }
    let canSend = (toServer ? wire.client : wire.server).phase
    do throws(TLSError) {
      try toServer ? wire.send(toServer: bytes) : wire.send(toClient: bytes)
      if toServer { sent.server += bytes } else { sent.client += bytes }
      if canSend == .handshake || canSend == .failed { fault = "sent in phase \(canSend)" }
    } catch {
      // After its own end, it says that nothing more can be sent.
      if canSend == .open, !isDisturbed, !hasEnded { fault = "cannot send: \(error)" }
    }
  }

  private var hasEnded: Bool { wire.hasEnded.client || wire.hasEnded.server }

  /// Changes a byte on the way, or cuts what is on the way short.
  private mutating func disturb(_ flight: inout [UInt8]) {
    let (place, change) = (Int(steps.popFirst() ?? 0), steps.popFirst() ?? 0)
    guard !flight.isEmpty else { return }
    isDisturbed = true
    if change == 0 {
      flight.removeLast(min(flight.count, place))
    } else {
      flight[place * flight.count / 256] ^= change
    }
  }

  /// Adds bytes of the input on the way, before the rest.
  private mutating func insert(_ flight: inout [UInt8]) {
    let count = min(steps.count, Int(steps.popFirst() ?? 0))
    if count == 0 { return }
    isDisturbed = true
    flight = steps.prefix(count) + flight
    steps = steps.dropFirst(count)
  }

  private mutating func checkHeldBytes() {
    for engine in [wire.server, wire.client]
    where ![0, 16_896, 40_960, 65_536].contains(engine.heldByteCount) {
      fault = "holds \(engine.heldByteCount) bytes"
    }
  }

  private mutating func check() {
    // RFC 8446 §1: nobody between them can change what they receive, but cut it short.
    if !sent.server.starts(with: wire.received.server) { fault = "the server received other bytes" }
    if !sent.client.starts(with: wire.received.client) { fault = "the client received other bytes" }
    if !wire.transport.takeOutput().isEmpty { fault = "output was left" }
    for (engine, error) in [(wire.server, wire.serverError), (wire.client, wire.clientError)]
    where error != nil && engine.phase != .failed {
      fault = "phase \(engine.phase) after an error"
    }
    guard !isDisturbed, !hasEnded else { return }
    if let error = wire.serverError ?? wire.clientError { fault = "undisturbed, but: \(error)" }
    if sent.server != wire.received.server || sent.client != wire.received.client {
      fault = "bytes are missing"
    }
    if wire.server.heldByteCount + wire.client.heldByteCount > 0 { fault = "holds bytes at rest" }
  }
}
#endif
