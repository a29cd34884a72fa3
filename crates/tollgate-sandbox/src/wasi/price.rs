//! What calls of WASI cost.

/// Gas for one call of WASI.
pub(crate) const WASI_CALL_GAS: u64 = 500;

/// Gas for each byte a call of WASI moves.
pub(crate) const WASI_BYTE_GAS: u64 = 1;
