//! The rehearsal of a worker that waits.
//!
//! The first run in a process takes several times as long as the next one: pages of the program are read in, and what the
//! engine and the allocator keep is made. So a worker that waits runs a module of ours that does nothing, the way it runs
//! guests. Nothing of it is left to a guest: that one gets an instance of its own, as in every process.

use super::HandedCode;
use crate::{
    config::{EngineConfig, Profile, Tier},
    engine::precompile_checked,
};

/// A function `f` that does nothing, and a page of memory: `(module (memory 1) (func (export "f")))`.
pub(crate) const NOTHING: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x04\x01\x60\0\0\
    \x03\x02\x01\0\
    \x05\x03\x01\0\x01\
    \x07\x05\x01\x01f\0\0\
    \x0a\x04\x01\x02\0\x0b";

/// Compiles what is rehearsed for workers with `config`. Where that fails, workers do not rehearse, and only that.
pub(crate) fn code(config: &EngineConfig) -> HandedCode {
    match config.profile {
        Profile::Metered | Profile::Isolated => {
            precompile_checked(config, Tier::Quick, NOTHING).map_or_else(|_| none(), HandedCode::of)
        }
        // Its first run starts the thread of a clock, and a jail is closed while there is one thread.
        Profile::Timed => none(),
    }
}

/// What a worker is handed that has no time to rehearse.
pub(crate) fn none() -> HandedCode {
    HandedCode::Bytes(Vec::new())
}
