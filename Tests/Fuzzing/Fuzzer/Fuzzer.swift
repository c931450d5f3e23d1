import FuzzOracles
import Glibc

/// The target that the environment names. libFuzzer has the program's `main` and its arguments.
private let target: FuzzTarget = {
  let name = getenv("AVISO_ECPDS_FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else { fatalError("AVISO_ECPDS_FUZZ_TARGET names no target: \(name)") }
  return target
}()

/// libFuzzer calls it with every input, and keeps the one that it does not come back from.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try target.check(Array(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    fatalError("\(target.rawValue): \(error)")
  }
  return 0
}
