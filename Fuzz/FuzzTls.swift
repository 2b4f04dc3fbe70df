import Foundation

@testable import TLS

/// A certificate of an authority, which is its own; `FUZZ_CERTIFICATES` names its folder.
private func file(_ name: String) -> [UInt8] {
  let folder = ProcessInfo.processInfo.environment["FUZZ_CERTIFICATES"] ?? "."
  return [UInt8]((try? Data(contentsOf: URL(filePath: folder).appending(path: name))) ?? Data())
}

/// Made once: reading a certificate takes longer than a handshake. Only libFuzzer's thread uses it.
nonisolated(unsafe) private let contexts = Result { () throws(TLSError) in
  let identity = TLSContext.Identity(certificates: file("server.pem"), key: file("server.key"))
  return (
    server: try TLSContext(server: identity),
    client: try TLSContext(clientTrusting: identity.certificates)
  )
}

/// The entry point that libFuzzer calls with each input: ``TLSOracle`` says what must hold.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTLS(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // libFuzzer keeps the input until this returns.
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  do {
    let contexts = try unsafe contexts.get()
    let oracle = try TLSOracle(input, server: contexts.server, client: contexts.client)
    if let fault = oracle.fault { fatalError(fault) }
  } catch {
    fatalError("\(error)")
  }
  return 0
}
