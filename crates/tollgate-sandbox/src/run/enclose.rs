//! A jail around this process itself, for a host that runs one guest and nothing else.

use crate::{
    jail::{self, Jail, JailError, JailMode, JailReport},
    wasi,
};

/// Closes a jail around this process, which must have one thread: the rules for files hold for the thread that sets them.
///
/// # Errors
/// [`JailError`] when a layer is missing that `mode` requires. The process is in an unknown part of the jail then, and ends
/// best at once.
pub fn enter_jail(jail: &Jail, mode: JailMode) -> Result<JailReport, JailError> {
    wasi::prepare();
    jail::enter(jail, mode)
}
