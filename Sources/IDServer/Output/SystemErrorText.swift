import UV

/// What an `errno` means, for people. The C function is `uv_strerror`.
package func systemErrorText(_ code: Int32) -> String { UVError(code: -code).message }
