import Snowflake
package import UV

/// The store that the settings select.
public enum StoreConfiguration: Equatable, Sendable {
  /// Files in a folder, for the processes of one host.
  case file(directory: String)
  /// etcd, for the processes of many hosts.
  case etcd(EtcdConfiguration)
}

extension StoreConfiguration {
  /// The files of TLS if the store is reached over it, `nil` if not. Then ``open(on:security:)``
  /// needs a security for these files.
  public var tls: ClientTLSConfiguration? {
    guard case .etcd(let etcd) = self, etcd.endpoints.contains(where: \.isSecure) else {
      return nil
    }
    return etcd.tls
  }

  /// Makes the store. It opens no file and no connection yet.
  ///
  /// - Parameter security: see ``tls``.
  package func open(
    on loop: Loop, security: (any StreamSecurity)?
  ) throws(UVError) -> any ReservationStore {
    switch self {
    case .file(let directory):
      FileStore(directory: directory, executor: ThreadPoolExecutor(loop: loop))
    case .etcd(let configuration):
      try EtcdStore(configuration, loop: loop, security: security)
    }
  }
}

extension IDSource {
  /// The source that the settings select: with a store, or without one and with no limit.
  package convenience init(
    _ configuration: IDConfiguration, loop: Loop, security: (any StreamSecurity)? = nil
  ) throws(StartError) {
    guard let store = configuration.store else {
      do throws(MachineIDError) {
        try self.init(
          machineID: configuration.machineIDs.lowerBound, layout: configuration.layout,
          after: configuration.after,
          clockToleranceMilliseconds: configuration.clockToleranceMilliseconds,
          sequenceStart: configuration.sequenceStart)
      } catch {
        throw .machineID(error)
      }
      return
    }
    let opened: any ReservationStore
    do throws(UVError) {
      opened = try store.open(on: loop, security: security)
    } catch {
      throw .loop(error)
    }
    do throws(MachineIDError) {
      try self.init(configuration, store: opened, bootID: BootClock.bootID)
    } catch {
      throw .machineID(error)
    }
  }
}
