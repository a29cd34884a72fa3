//! The rehearsal of a worker that waits.
//!
//! The first run in a process takes several times as long as the next one: pages of the program are read in, and what the
//! engine and the allocator keep is made. So a worker that waits runs a module of ours that does nothing, the way it runs
//! guests. Nothing of it is left to a guest: that one gets an instance of its own, as in every process.

use super::HandedCode;
use crate::{
    Digest, Engine, EngineConfig, Entry, Execution, Profile, Tier, VerifiedArtifact,
    engine::ArtifactCode,
};

/// A function `f` that does nothing, and a page of memory: `(module (memory 1) (func (export "f")))`.
const NOTHING: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x04\x01\x60\0\0\
    \x03\x02\x01\0\
    \x05\x03\x01\0\x01\
    \x07\x05\x01\x01f\0\0\
    \x0a\x04\x01\x02\0\x0b";

/// Compiles what is rehearsed for workers with `config`. Where that fails, workers do not rehearse, and only that.
pub(super) fn code(config: &EngineConfig) -> HandedCode {
    match config.profile {
        Profile::Metered | Profile::Isolated => {
            Engine::precompile_checked(config, Tier::Quick, NOTHING)
                .map_or_else(|_| none(), HandedCode::of)
        }
        // Its first run starts the thread of a clock, and a jail is closed while there is one thread.
        Profile::Timed => none(),
    }
}

/// What a worker is handed that has no time to rehearse.
pub(super) fn none() -> HandedCode {
    HandedCode::Bytes(Vec::new())
}

/// The worker's side: runs what it was handed.
pub(super) fn hold(engine: &Engine, code: ArtifactCode) {
    if matches!(&code, ArtifactCode::Bytes(bytes) if bytes.is_empty()) {
        return;
    }
    let artifact = VerifiedArtifact::assume_verified(code, Digest::of(NOTHING));
    if let Ok(module) = engine.deserialize_trusted(artifact) {
        let entry = Entry::Core {
            export: String::from("f"),
            args: Vec::new(),
        };
        // How it went changes nothing: the guest's run says what is wrong.
        drop(Execution::new(&module, entry).run_blocking_until(std::future::pending()));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::{super::code::take, *};
    use crate::Output;

    #[test]
    fn what_is_rehearsed_runs() {
        let engine = Engine::new(&EngineConfig::metered()).unwrap();
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        code(engine.config()).send(&mut ours, b"job").unwrap();
        let (_, code) = take(&mut theirs).unwrap();
        let artifact = VerifiedArtifact::assume_verified(code, Digest::of(NOTHING));
        let module = engine.deserialize_trusted(artifact).unwrap();
        let entry = Entry::Core {
            export: String::from("f"),
            args: Vec::new(),
        };
        let outcome = Execution::new(&module, entry).run_blocking();
        assert_eq!(outcome.result, Ok(Output::Values(Vec::new())));
    }
}
