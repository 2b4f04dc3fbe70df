/// The entry point that libFuzzer calls with each input: ``ResponseOracle`` says what must hold.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponse(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // libFuzzer keeps the input until this returns.
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let fault = ResponseOracle(input).fault { fatalError(fault) }
  return 0
}
