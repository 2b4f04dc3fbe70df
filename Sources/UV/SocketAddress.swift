internal import CLibUV
import Glibc

/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Sendable {
  private var storage: sockaddr_storage

  /// `::`. A listener bound to it takes IPv4 connections as well.
  public static func anyIPv6(port: UInt16) throws(UVError) -> SocketAddress {
    try SocketAddress(numericHost: "::", port: port)
  }

  /// `0.0.0.0`.
  public static func anyIPv4(port: UInt16) throws(UVError) -> SocketAddress {
    try SocketAddress(numericHost: "0.0.0.0", port: port)
  }

  /// Parses a numeric IPv4 or IPv6 address; no name is looked up.
  ///
  /// The C functions are `uv_ip4_addr` and `uv_ip6_addr`.
  public init(numericHost host: String, port: UInt16) throws(UVError) {
    var storage = sockaddr_storage()
    let status = unsafe withUnsafeMutablePointer(to: &storage) { storage in
      // `sockaddr_storage` is large enough, and aligned, for an address of any family.
      let raw = UnsafeMutableRawPointer(storage)
      let isIPv4 = unsafe uv_ip4_addr(
        host, CInt(port), raw.assumingMemoryBound(to: sockaddr_in.self))
      if isIPv4 == 0 { return isIPv4 }
      return unsafe uv_ip6_addr(host, CInt(port), raw.assumingMemoryBound(to: sockaddr_in6.self))
    }
    try check(status)
    self.storage = storage
  }

  /// Looks up the first address of `host`: see ``resolveAll(_:port:loop:_:)``.
  public static func resolve(
    _ host: String, port: UInt16, loop: Loop,
    _ completion: @escaping (Result<SocketAddress, UVError>) -> Void
  ) throws(UVError) {
    try resolveAll(host, port: port, loop: loop) { result in
      completion(result.flatMap { $0.first.map { .success($0) } ?? .failure(.unknownName) })
    }
  }

  /// Looks up all addresses of `host`, a name or a numeric address, on a thread of libuv's pool.
  /// The C function is `uv_getaddrinfo`.
  ///
  /// The loop runs at least until the look-up has ended: a running look-up cannot be cancelled.
  ///
  /// - Parameter completion: called once, on the loop's thread, with one address or more, in the
  ///   order in which to try them (RFC 6724).
  public static func resolveAll(
    _ host: String, port: UInt16, loop: Loop,
    _ completion: @escaping (Result<[SocketAddress], UVError>) -> Void
  ) throws(UVError) {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    let request = UnsafeMutablePointer<uv_getaddrinfo_t>.allocate(capacity: 1)
    unsafe request.pointee.data =
      Unmanaged.passRetained(Resolution(completion: completion)).toOpaque()
    let status = unsafe uv_getaddrinfo(
      loop.pointer, request,
      { request, status, addresses in
        defer { unsafe uv_freeaddrinfo(addresses) }
        guard let resolution = unsafe Resolution.take(request) else { return }
        guard status == 0 else { return resolution.completion(.failure(UVError(code: status))) }
        let all = unsafe SocketAddress.all(in: addresses)
        resolution.completion(all.isEmpty ? .failure(.unknownName) : .success(all))
      }, host, String(port), &hints)
    if status < 0 {
      _ = unsafe Resolution.take(request)
      throw UVError(code: status)
    }
  }

  /// Copies the addresses that a look-up found. The C type is `addrinfo`, a linked list.
  private static func all(in list: UnsafeMutablePointer<addrinfo>?) -> [SocketAddress] {
    var all: [SocketAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      if let address = unsafe entry.pointee.ai_addr { unsafe all.append(SocketAddress(address)) }
      unsafe next = entry.pointee.ai_next
    }
    return all
  }

  private final class Resolution {
    let completion: (Result<[SocketAddress], UVError>) -> Void

    init(completion: @escaping (Result<[SocketAddress], UVError>) -> Void) {
      self.completion = completion
    }

    /// Frees the request, in one place for both outcomes.
    static func take(_ request: UnsafeMutablePointer<uv_getaddrinfo_t>?) -> Resolution? {
      guard let request = unsafe request, let data = unsafe request.pointee.data else { return nil }
      unsafe request.deallocate()
      return unsafe Unmanaged<Resolution>.fromOpaque(data).takeRetainedValue()
    }
  }

  /// An address that a C function fills in: `fill` gets the memory and its size.
  init(
    _ fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<CInt>) -> CInt
  ) throws(UVError) {
    var storage = sockaddr_storage()
    var size = CInt(MemoryLayout<sockaddr_storage>.size)
    let status = unsafe withUnsafeMutablePointer(to: &storage) {
      // `sockaddr_storage` is large enough, and aligned, for an address of any family.
      unsafe fill(UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self), &size)
    }
    try check(status)
    self.storage = storage
  }

  /// Copies a C address of either family.
  init(_ address: UnsafePointer<sockaddr>) {
    let size =
      unsafe address.pointee.sa_family == sa_family_t(AF_INET6)
      ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    storage = sockaddr_storage()
    unsafe withUnsafeMutableBytes(of: &storage) {
      unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: size))
    }
  }

  /// Calls `body` with the address as a C `sockaddr`.
  func withPointer<R>(_ body: (UnsafePointer<sockaddr>) -> R) -> R {
    unsafe withUnsafePointer(to: storage) {
      unsafe body(UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self))
    }
  }

  /// The size of the C address, in bytes.
  var byteCount: socklen_t {
    socklen_t(isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
  }

  public var isIPv6: Bool { storage.ss_family == sa_family_t(AF_INET6) }

  /// 0…65535.
  public var port: UInt16 {
    // The port is at the same offset in both families, in network byte order.
    unsafe withUnsafePointer(to: storage) {
      unsafe UInt16(
        bigEndian: UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr_in.self).pointee.sin_port)
    }
  }

  /// The numeric address without the port. The C functions are `uv_ip4_name` and `uv_ip6_name`.
  public var host: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    unsafe withPointer { address in
      let raw = unsafe UnsafeRawPointer(address)
      if isIPv6 {
        unsafe uv_ip6_name(
          raw.assumingMemoryBound(to: sockaddr_in6.self), &text, text.count)
      } else {
        unsafe uv_ip4_name(raw.assumingMemoryBound(to: sockaddr_in.self), &text, text.count)
      }
    }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The same, but an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as plain IPv4: a dual-stack
  /// listener reports IPv4 clients as mapped.
  public var unmappedHost: String {
    let (host, prefix) = (self.host, "::ffff:")
    guard host.hasPrefix(prefix), host.utf8.contains(UInt8(ascii: ".")) else { return host }
    return String(host.dropFirst(prefix.count))
  }
}

extension SocketAddress: CustomStringConvertible {
  /// As in a URI: `127.0.0.1:8080`, `[::1]:8080`.
  public var description: String { Self.text(host: host, port: port) }

  /// `host:port`, as in a URI, with a numeric IPv6 address in brackets: RFC 3986 §3.2.2.
  public static func text(host: String, port: UInt16) -> String {
    host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
