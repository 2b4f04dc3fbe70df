import Snowflake
package import UV

/// A store that the settings ask for.
public enum StoreConfiguration: Equatable, Sendable {
  /// Files in a folder: for the processes of one host.
  case file(directory: String)
  /// etcd: for the processes of many hosts.
  case etcd(EtcdConfiguration)
}

extension StoreConfiguration {
  /// The store, which has not been asked for anything yet.
  package func open(on loop: Loop) throws(UVError) -> any ReservationStore {
    switch self {
    case .file(let directory):
      FileStore(directory: directory, executor: ThreadPoolExecutor(loop: loop))
    case .etcd(let configuration):
      try EtcdStore(configuration, loop: loop)
    }
  }
}

extension IDSource {
  /// The source that the settings ask for: with a store, or with all time at once.
  package convenience init(
    _ configuration: IDConfiguration, loop: Loop
  ) throws(StartError) {
    guard let store = configuration.store else {
      do throws(MachineIDError) {
        try self.init(
          machineID: configuration.machineIDs.lowerBound,
          clockToleranceMilliseconds: configuration.clockToleranceMilliseconds)
      } catch {
        throw .machineID(error)
      }
      return
    }
    let opened: any ReservationStore
    do throws(UVError) {
      opened = try store.open(on: loop)
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
