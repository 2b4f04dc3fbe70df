import UV

/// The error message for an `errno`. The C function is `uv_strerror`.
package func systemErrorText(_ code: Int32) -> String { UVError(code: -code).message }
