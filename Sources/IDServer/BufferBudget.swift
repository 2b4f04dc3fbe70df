/// The buffer budget: the memory that unread responses and unfinished requests of all clients take,
/// and the share of each client.
///
/// From half of the limit on, the server pauses reading from clients with unread responses. Past
/// the limit, it evicts the largest holders. libuv frees their memory only at the end of the loop's
/// round, so the limit can be exceeded for that time; past one and a half times the limit nothing
/// is queued.
///
/// The shares are in a binary max-heap: an update or an eviction takes O(log n) for n clients with
/// a share.
final class BufferBudget {
  /// The memory that one client holds.
  final class Share {
    fileprivate(set) var byteCount = 0
    fileprivate var place = Place.none
    /// It is valid while the share is in the heap.
    fileprivate unowned var holder: (any BufferHolder)?

    fileprivate enum Place {
      /// The share is empty.
      case none
      /// The share is at this index of the heap.
      case heap(Int)
      /// The holder is closing: libuv frees its memory at the end of the loop's round.
      case closing
    }
  }

  let limitBytes: Int
  /// The sum of all shares, in bytes.
  private(set) var byteCount = 0
  /// The sum of the shares whose holders are closing, in bytes.
  private var closingByteCount = 0
  /// The share at index i is at least as large as those at 2i + 1 and 2i + 2.
  private var heap: [Share] = []

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  var isHalfUsed: Bool { byteCount >= limitBytes / 2 }
  private var isExceeded: Bool { byteCount - closingByteCount > limitBytes }
  var isExhausted: Bool { byteCount >= limitBytes + limitBytes / 2 }

  /// Updates a holder's share. If the sum then exceeds the limit, the largest holders are evicted,
  /// even if another one has grown.
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

  /// Marks a holder as closing: its memory will be freed soon, and no longer counts against the
  /// limit.
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

/// A client with a share of the ``BufferBudget``.
protocol BufferHolder: AnyObject {
  /// Closes, which frees the memory that it holds.
  func evict()
}
