// What the compiler refuses, so that `OutputBuffer` is as safe as it says. It belongs to no target:
// scripts/check compiles it with `HTTP1`, and wants exactly these errors.

/// Growing would free the bytes that are being read.
func appendToItself(_ buffer: inout OutputBuffer) {
  // expected-error@+2 {{overlapping accesses}}
  // expected-note@+1 {{conflicting access is here}}
  buffer.withBytes { buffer.append($0) }
}

func appendBehindPieces(_ buffer: inout OutputBuffer) {
  // expected-error@+2 {{overlapping accesses}}
  // expected-note@+1 {{conflicting access is here}}
  buffer.withPieces { bytes, _ in buffer.append(bytes) }
}

func removeWhileRead(_ buffer: inout OutputBuffer) {
  // expected-error@+2 {{overlapping accesses}}
  // expected-note@+1 {{conflicting access is here}}
  buffer.withBytes { _ in buffer.removeAll() }
}

/// Two owners would free the memory twice.
// expected-error@+1 {{'buffer' is borrowed and cannot be consumed}}
func copy(_ buffer: borrowing OutputBuffer) -> OutputBuffer {
  buffer
}  // expected-note {{consumed here}}

/// The bytes are there for as long as they are lent.
func keep(_ buffer: borrowing OutputBuffer) -> Int {
  var kept = Span<UInt8>()  // expected-error {{lifetime-dependent variable 'kept' escapes}}
  // expected-note@+2 {{it depends on the lifetime}}
  // expected-note@+1 {{causes the lifetime-dependent value to escape}}
  buffer.withBytes { kept = $0 }
  return kept.count
}

/// From one buffer to another is as it should be.
func appendToAnother(_ buffer: borrowing OutputBuffer, _ other: inout OutputBuffer) {
  buffer.withBytes { other.append($0) }
}
