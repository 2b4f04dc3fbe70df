/// The entry point that libFuzzer calls with each input: ``ParserOracle`` says what must hold.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzParser(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // libFuzzer keeps the input until this returns.
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let fault = ParserOracle(input).fault { fatalError(fault) }
  return 0
}
