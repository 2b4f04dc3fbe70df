#if TLS
internal import COpenSSL
import Glibc

/// The authorities that the system trusts, where OpenSSL looks for them.
///
/// A system can have none: an empty image, or one without Debian's package `ca-certificates`. Then
/// every server's certificate would be refused.
public enum SystemAuthorities {
  /// A file and a folder: those of the environment, or those that OpenSSL was built with. The C
  /// functions are `X509_get_default_cert_file` and `X509_get_default_cert_dir`.
  public static var places: (file: String, folder: String) {
    // OpenSSL's strings are constants, and this program never changes the environment.
    unsafe (
      place(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
      place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())
    )
  }

  /// Whether there are any, or the folder has anything that can be one.
  public static var exist: Bool {
    let places = Self.places
    return unsafe access(places.file, R_OK) == 0 || hasEntries(places.folder)
  }

  @unsafe private static func place(
    _ variable: UnsafePointer<CChar>, _ builtIn: UnsafePointer<CChar>
  ) -> String {
    unsafe String(cString: getenv(variable) ?? UnsafeMutablePointer(mutating: builtIn))
  }

  private static func hasEntries(_ path: String) -> Bool {
    guard let folder = unsafe opendir(path) else { return false }
    defer { unsafe closedir(folder) }
    // Valid until the next `readdir`.
    while let entry = unsafe readdir(folder) {
      if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { return true }
    }
    return false
  }
}
#endif
