/// How much memory the unread responses and unfinished requests of all clients take, and who holds it.
///
/// From half of the limit on, a client that has not read its last responses is not read from. Past the
/// limit, the largest holders are evicted; but libuv frees their memory only at the end of the loop's
/// round, so there can be a little more, and past one and a half times the limit nothing is queued.
///
/// Holders stand in a binary heap, the largest first: a change, and an eviction, take a number of steps
/// that grows with the logarithm of how many hold something.
final class BufferBudget {
  /// What one holder has.
  struct Share {
    fileprivate(set) var byteCount = 0
    fileprivate var place = Place.none

    fileprivate enum Place {
      /// It holds nothing.
      case none
      /// It stands at this index of the heap.
      case heap(Int)
      /// It is closing: libuv frees its memory at the end of the loop's round.
      case closing
    }
  }

  let limitBytes: Int
  /// Of all holders, in bytes.
  private(set) var byteCount = 0
  /// Of those that are closing.
  private var closingByteCount = 0
  /// Each is at least as large as those at twice its index plus one and plus two.
  private var heap: [any BufferHolder] = []

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  var isHalfUsed: Bool { byteCount >= limitBytes / 2 }
  var isExceeded: Bool { byteCount - closingByteCount > limitBytes }
  var isExhausted: Bool { byteCount >= limitBytes + limitBytes / 2 }

  /// Evicts the largest holders until the limit is no longer exceeded. Each must call
  /// ``willFree(_:)``.
  func evictLargestHolders() {
    while isExceeded, let largest = heap.first { largest.evict() }
  }

  /// What a holder has is now this much.
  func update(_ holder: any BufferHolder, to newByteCount: Int) {
    let oldByteCount = holder.bufferShare.byteCount
    byteCount += newByteCount - oldByteCount
    holder.bufferShare.byteCount = newByteCount
    switch holder.bufferShare.place {
    case .none:
      guard newByteCount > 0 else { return }
      heap.append(holder)
      rise(from: heap.count - 1)
    case .heap(let index):
      if newByteCount == 0 {
        remove(at: index)
        holder.bufferShare.place = .none
      } else if newByteCount > oldByteCount {
        rise(from: index)
      } else {
        sink(from: index)
      }
    case .closing: closingByteCount += newByteCount - oldByteCount
    }
  }

  /// What this holder has will be freed soon: it is not counted against the limit any more.
  func willFree(_ holder: any BufferHolder) {
    if case .heap(let index) = holder.bufferShare.place { remove(at: index) }
    holder.bufferShare.place = .closing
    closingByteCount += holder.bufferShare.byteCount
  }

  private func remove(at index: Int) {
    let last = heap.removeLast()
    guard index < heap.count else { return }
    place(last, at: index)
    rise(from: index)
    sink(from: index)
  }

  private func rise(from start: Int) {
    let holder = heap[start]
    var index = start
    while index > 0 {
      let parent = heap[(index - 1) / 2]
      guard parent.bufferShare.byteCount < holder.bufferShare.byteCount else { break }
      place(parent, at: index)
      index = (index - 1) / 2
    }
    place(holder, at: index)
  }

  private func sink(from start: Int) {
    let holder = heap[start]
    var index = start
    while 2 * index + 1 < heap.count {
      var child = 2 * index + 1
      if child + 1 < heap.count,
        heap[child + 1].bufferShare.byteCount > heap[child].bufferShare.byteCount
      {
        child += 1
      }
      guard heap[child].bufferShare.byteCount > holder.bufferShare.byteCount else { break }
      place(heap[child], at: index)
      index = child
    }
    place(holder, at: index)
  }

  private func place(_ holder: any BufferHolder, at index: Int) {
    heap[index] = holder
    holder.bufferShare.place = .heap(index)
  }
}

/// Whoever a ``BufferBudget`` is charged for.
protocol BufferHolder: AnyObject {
  /// Kept by the budget.
  var bufferShare: BufferBudget.Share { get set }

  /// Closes, and so frees what it holds.
  func evict()
}
