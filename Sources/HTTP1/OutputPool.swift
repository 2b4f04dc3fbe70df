/// Keeps the loop's output buffer between steps.
@safe
public final class OutputPool {
  private let capacity: Int
  /// The buffer, `nil` while it is taken. It is allocated by hand, which avoids dynamic exclusivity
  /// enforcement. That is safe: `take` and `recycle` call nothing while they access it.
  private let slot: UnsafeMutablePointer<OutputBuffer?>

  /// - Parameter capacity: the size of a new buffer, in bytes. A buffer that has grown to more than
  ///   twice that is shrunk to it when it is recycled.
  public init(capacity: Int) {
    self.capacity = capacity
    unsafe slot = .allocate(capacity: 1)
    unsafe slot.initialize(to: nil)
  }

  deinit {
    unsafe slot.deinitialize(count: 1)
    unsafe slot.deallocate()
  }

  /// Transfers ownership of the buffer, empty, to the caller; a new one if it is taken already.
  public func take() -> OutputBuffer {
    switch unsafe slot.pointee.take() {
    case .some(let buffer): buffer
    case nil: OutputBuffer(capacity: capacity)
    }
  }

  /// Takes a buffer back and empties it.
  public func recycle(_ buffer: consuming OutputBuffer) {
    buffer.removeAll(keeping: capacity * 2)
    unsafe slot.pointee = consume buffer
  }
}
