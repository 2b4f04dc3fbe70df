@testable import Reservations

/// What must hold for etcd's messages, whatever their bytes. The fuzzer and the tests use it.
struct EtcdOracle {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// What does not hold; `nil` if everything does.
  var fault: String? { textFault ?? base64Fault ?? answerFault ?? errorFault ?? requestFault }

  /// A value that was parsed and written parses as the same value. An error lies within the text.
  private var textFault: String? {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: bytes)
    } catch {
      return 0...bytes.count ~= error.position ? nil : "\(error) is not within the text"
    }
    let written = value.bytes
    guard let again = try? JSONValue(parsing: written) else { return "cannot read \(written)" }
    guard again == value else { return "\(value) is written and read as \(again)" }
    return again.bytes == written ? nil : "\(written) is written again as \(again.bytes)"
  }

  private var base64Fault: String? {
    if let decoded = Base64.decode(bytes), Base64.encode(decoded) != bytes {
      return "two Base64 texts stand for \(decoded)"
    }
    return Base64.decode(Base64.encode(bytes)) == bytes ? nil : "Base64 does not keep the bytes"
  }

  /// A parsed answer is complete, and does not depend on how its JSON is written.
  private var answerFault: String? {
    let rewritten = (try? JSONValue(parsing: bytes))?.bytes ?? []
    if let range = try? EtcdRangeAnswer(bytes) {
      guard range == (try? EtcdRangeAnswer(rewritten)) else { return "\(range) is read otherwise" }
      if let fault = fault(in: range.header) ?? range.entries.lazy.compactMap(fault).first {
        return fault
      }
    }
    if let swap = try? EtcdSwapAnswer(bytes) {
      guard swap == (try? EtcdSwapAnswer(rewritten)) else { return "\(swap) is read otherwise" }
      if swap.succeeded, swap.found != nil { return "a success that found an entry" }
      if let fault = fault(in: swap.header) ?? swap.found.flatMap(fault) { return fault }
    }
    if let answer = try? EtcdTokenAnswer(bytes) {
      guard answer == (try? EtcdTokenAnswer(rewritten)) else {
        return "\(answer) is read otherwise"
      }
      guard answer.token.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return "\(answer.token)" }
    }
    return nil
  }

  private func fault(in header: EtcdHeader) -> String? {
    header.clusterID > 0 && header.revision > 0 && header.raftTerm > 0 ? nil : "\(header)"
  }

  private func fault(in entry: EtcdEntry) -> String? {
    entry.createRevision > 0 && entry.modRevision > 0 && entry.version > 0 ? nil : "\(entry)"
  }

  /// A message fits a line of the log.
  private var errorFault: String? {
    let message = EtcdError(status: 500, body: bytes).message.unicodeScalars
    guard message.count <= EtcdError.messageLength else { return "\(message.count) scalars" }
    return message.allSatisfy { $0.properties.generalCategory != .control } ? nil : "\(message)"
  }

  /// A request contains the values that it was made of.
  private var requestFault: String? {
    let name = String(decoding: bytes, as: UTF8.self)
    let authenticate = EtcdRequest.authenticate(name: name, password: "")
    guard case .string(let read) = (try? JSONValue(parsing: authenticate.body))?["name"],
      read.utf8.elementsEqual(name.utf8)
    else { return "the name of a user is not kept" }
    let range = EtcdRequest.range(from: bytes, to: nil)
    guard case .string(let key) = (try? JSONValue(parsing: range.body))?["key"],
      Base64.decode(Array(key.utf8)) == bytes
    else { return "a key is not kept" }
    return nil
  }
}
