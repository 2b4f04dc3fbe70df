/// How much memory the unread responses and unfinished requests of all clients take, and who holds
/// it.
///
/// From half of the limit on, reading from clients with unread responses pauses. Past the limit,
/// the largest holders are evicted; but libuv frees their memory only at the end of the loop's
/// round, so there can be a little more, and past one and a half times the limit nothing is queued.
///
/// The shares are a binary heap, the largest first: a change, and an eviction, take O(log n) for n
/// clients that hold something.
final class BufferBudget {
  /// What one client holds.
  final class Share {
    fileprivate(set) var byteCount = 0
    fileprivate var place = Place.none
    /// It outlives its place in the heap.
    fileprivate unowned var holder: (any BufferHolder)?

    fileprivate enum Place {
      /// It is empty.
      case none
      /// It stands at this index of the heap.
      case heap(Int)
      /// Its holder is closing: libuv frees its memory at the end of the loop's round.
      case closing
    }
  }

  let limitBytes: Int
  /// Of all shares, in bytes.
  private(set) var byteCount = 0
  /// Of those whose holders are closing.
  private var closingByteCount = 0
  /// Each is at least as large as those at twice its index plus one and plus two.
  private var heap: [Share] = []

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  var isHalfUsed: Bool { byteCount >= limitBytes / 2 }
  private var isExceeded: Bool { byteCount - closingByteCount > limitBytes }
  var isExhausted: Bool { byteCount >= limitBytes + limitBytes / 2 }

  /// What a holder holds is now this much. If all together hold too much then, the largest holders are
  /// evicted, whoever has added to it.
  func update(_ share: Share, of holder: any BufferHolder, to newByteCount: Int) {
    let oldByteCount = share.byteCount
    byteCount += newByteCount - oldByteCount
    share.byteCount = newByteCount
    switch share.place {
    case .none:
      guard newByteCount > 0 else { return }
      share.holder = holder
      heap.append(share)
      rise(from: heap.count - 1)
    case .heap(let index):
      if newByteCount == 0 {
        remove(at: index)
        share.place = .none
      } else if newByteCount > oldByteCount {
        rise(from: index)
      } else {
        sink(from: index)
      }
    case .closing: closingByteCount += newByteCount - oldByteCount
    }
    while isExceeded, let largest = heap.first {
      willFree(largest)
      largest.holder?.evict()
    }
  }

  /// The holder is closing: what it holds will be freed soon, and no longer counts against the limit.
  func willFree(_ share: Share) {
    if case .closing = share.place { return }
    if case .heap(let index) = share.place { remove(at: index) }
    share.place = .closing
    closingByteCount += share.byteCount
  }

  private func remove(at index: Int) {
    let last = heap.removeLast()
    guard index < heap.count else { return }
    place(last, at: index)
    rise(from: index)
    sink(from: index)
  }

  private func rise(from start: Int) {
    let share = heap[start]
    var index = start
    while index > 0 {
      let parent = heap[(index - 1) / 2]
      guard parent.byteCount < share.byteCount else { break }
      place(parent, at: index)
      index = (index - 1) / 2
    }
    place(share, at: index)
  }

  private func sink(from start: Int) {
    let share = heap[start]
    var index = start
    while 2 * index + 1 < heap.count {
      var child = 2 * index + 1
      if child + 1 < heap.count, heap[child + 1].byteCount > heap[child].byteCount { child += 1 }
      guard heap[child].byteCount > share.byteCount else { break }
      place(heap[child], at: index)
      index = child
    }
    place(share, at: index)
  }

  private func place(_ share: Share, at index: Int) {
    heap[index] = share
    share.place = .heap(index)
  }
}

/// Whoever a ``BufferBudget`` is charged for.
protocol BufferHolder: AnyObject {
  /// Closes, and so frees what it holds.
  func evict()
}
