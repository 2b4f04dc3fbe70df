import Foundation
import Snowflake
import TestSupport

@testable import Reservations

/// A file system of one folder: its content as processes see it, and its durable content.
final class SimulatedDisk {
  /// A file, which may have several names.
  struct File {
    /// The content that survives a power cut.
    var durable: [UInt8] = []
    /// The content that has been written since, and not synchronized; processes read it.
    var written: [UInt8]?
    /// The descriptor that has the lock.
    var lock: Int32?

    var content: [UInt8] { written ?? durable }
  }

  private var files: [Int: File] = [:]
  private var names: [String: Int] = [:]
  private var durableNames: [String: Int] = [:]
  /// The file of each descriptor.
  private var descriptors: [Int32: Int] = [:]
  private var nextNumber = 3
  /// The greatest limit that was ever written for a machine ID.
  private var greatestLimits: [String: Int64] = [:]
  /// Whether reads, writes and synchronizations fail.
  var isFailing = false
  /// The number of changes: files created, written or removed.
  private(set) var changeCount = 0
  /// The layout of all records.
  private let layout: SnowflakeLayout

  init(_ layout: SnowflakeLayout) { self.layout = layout }
}

// MARK: - System calls

extension SimulatedDisk {
  func open(_ path: String) throws(FileError) -> Int32 {
    guard let file = names[path] else { throw FileError(code: ENOENT) }
    return newDescriptor(of: file)
  }

  func create(_ path: String) throws(FileError) -> Int32 {
    guard names[path] == nil else { throw FileError(code: EEXIST) }
    changeCount += 1
    nextNumber += 1
    files[nextNumber] = File()
    names[path] = nextNumber
    return newDescriptor(of: nextNumber)
  }

  func close(_ descriptor: Int32) {
    guard let file = descriptors.removeValue(forKey: descriptor) else { return }
    if files[file]?.lock == descriptor { files[file]?.lock = nil }
  }

  func lock(_ descriptor: Int32) throws(FileError) -> Bool {
    let file = try file(of: descriptor)
    guard let holder = files[file]?.lock else {
      files[file]?.lock = descriptor
      return true
    }
    return holder == descriptor
  }

  func read(_ descriptor: Int32, upTo count: Int) throws(FileError) -> [UInt8] {
    Array((files[try file(of: descriptor)]?.content ?? []).prefix(count))
  }

  func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(FileError) {
    let file = try file(of: descriptor)
    changeCount += 1
    let rest = (files[file]?.content ?? []).dropFirst(bytes.count)
    files[file]?.written = bytes + rest
    if let machine = RecordText.number("machine", in: bytes),
      let limit = RecordText.number("limit", in: bytes)
    {
      let path = "/state/machine-\(machine)"
      greatestLimits[path] = max(layout.epochUnixMilliseconds + limit, greatestLimits[path] ?? 0)
    }
  }

  func synchronize(_ descriptor: Int32) throws(FileError) {
    let file = try file(of: descriptor)
    let content = files[file]?.content ?? []
    files[file]?.durable = content
    files[file]?.written = nil
  }

  func fileNames(in folder: String) -> [String] {
    names.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) }
      .sorted()
  }

  func synchronizeFolder() { durableNames = names }

  func isFile(_ descriptor: Int32, at path: String) throws(FileError) -> Bool {
    names[path] == (try file(of: descriptor))
  }

  func link(_ path: String, as newPath: String) throws(FileError) {
    guard names[newPath] == nil else { throw FileError(code: EEXIST) }
    guard let file = names[path] else { throw FileError(code: ENOENT) }
    changeCount += 1
    names[newPath] = file
  }

  func remove(_ path: String) throws(FileError) {
    guard names.removeValue(forKey: path) != nil else { throw FileError(code: ENOENT) }
    changeCount += 1
  }

  private func file(of descriptor: Int32) throws(FileError) -> Int {
    guard let file = descriptors[descriptor] else { throw FileError(code: EBADF) }
    return file
  }

  private func newDescriptor(of file: Int) -> Int32 {
    nextNumber += 1
    let descriptor = Int32(nextNumber)
    descriptors[descriptor] = file
    return descriptor
  }
}

// MARK: - Faults

extension SimulatedDisk {
  /// Content that is not synchronized survives, is lost, or survives in part. Each name that was
  /// added or removed survives or is lost.
  func cutPower(_ adversary: Adversary) {
    descriptors = [:]
    for path in Set(names.keys).union(durableNames.keys).sorted()
    where names[path] != durableNames[path] && adversary.oneIn(2) {
      durableNames[path] = names[path]
    }
    names = durableNames
    files = files.filter { number, _ in names.values.contains(number) }
    for number in files.keys.sorted() {
      guard var file = files[number] else { continue }
      file.lock = nil
      if let written = file.written {
        switch adversary.pick(0..<5) {
        case 0: file.durable = written
        case 1, 3: file.durable = Self.torn(file.durable, written, adversary)
        case 2: file.durable = []
        default: break
        }
      }
      file.written = nil
      files[number] = file
    }
  }

  private static func torn(_ old: [UInt8], _ new: [UInt8], _ adversary: Adversary) -> [UInt8] {
    let count = adversary.pick(0..<new.count + 1)
    return Array(new.prefix(count) + old.dropFirst(count))
  }

  /// An operator repairs damaged files, with the greatest limit that may have been used, and
  /// removes temporary files.
  func repair() {
    for path in names.keys.sorted() {
      guard let number = names[path], let file = files[number], file.lock == nil else { continue }
      guard let machineID = Int(path.drop { !$0.isNumber }) else {
        names[path] = nil
        continue
      }
      if (try? ReservationRecord(file.content, machineID: machineID)) == nil {
        let reservation = Reservation(limit: greatestLimits[path] ?? layout.epochUnixMilliseconds)
        let record = ReservationRecord(
          layout: layout, machineID: machineID, reservation: reservation, processID: 1)
        files[number]?.durable = record.bytes
        files[number]?.written = nil
      }
    }
    durableNames = names
  }

  /// Whether an open descriptor holds the lock of the machine ID.
  func isHeld(_ machineID: Int) -> Bool {
    names["/state/machine-\(machineID)"].flatMap { files[$0]?.lock } != nil
  }

  /// Whether a power cut could lose something that was written.
  var isDelicate: Bool { names != durableNames || files.values.contains { $0.written != nil } }

  /// The limit of a machine ID that would survive a power cut.
  func durableLimit(_ machineID: Int) -> Int64 {
    durableNames["/state/machine-\(machineID)"].flatMap { files[$0] }
      .flatMap { RecordText.number("limit", in: $0.durable) }.map {
        layout.epochUnixMilliseconds + $0
      } ?? 0
  }

  /// The greatest limit that a process may have to wait for.
  var greatestLimit: Int64 { greatestLimits.values.max() ?? 0 }
}
