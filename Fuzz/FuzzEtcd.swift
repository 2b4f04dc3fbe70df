/// The entry point that libFuzzer calls with each input: ``EtcdOracle`` says what must hold.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEtcd(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // libFuzzer keeps the input until this returns.
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let fault = EtcdOracle(input).fault { fatalError(fault) }
  return 0
}
