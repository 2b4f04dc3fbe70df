/// Keeps a loop's output buffer while no step writes to it.
@safe
public final class OutputPool {
  private let capacity: Int
  /// The buffer, `nil` while it is taken. It is allocated here, which avoids dynamic exclusivity
  /// enforcement: `take` and `giveBack` move it and call nothing meanwhile.
  private let slot: UnsafeMutablePointer<OutputBuffer?>

  /// - Parameter capacity: how much memory a new buffer has, in bytes. One that has grown to more than
  ///   twice as much is cut back when it is given back.
  public init(capacity: Int) {
    self.capacity = capacity
    unsafe slot = .allocate(capacity: 1)
    unsafe slot.initialize(to: nil)
  }

  deinit {
    unsafe slot.deinitialize(count: 1)
    unsafe slot.deallocate()
  }

  /// Hands the buffer over, empty; a new one if it is taken already.
  public func take() -> OutputBuffer {
    switch unsafe slot.pointee.take() {
    case .some(let buffer): buffer
    case nil: OutputBuffer(capacity: capacity)
    }
  }

  /// Takes a buffer back, and forgets the bytes in it.
  public func giveBack(_ buffer: consuming OutputBuffer) {
    buffer.removeAll(keeping: capacity * 2)
    unsafe slot.pointee = consume buffer
  }
}
