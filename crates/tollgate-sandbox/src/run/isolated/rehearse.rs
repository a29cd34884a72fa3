//! The rehearsal of a worker, in the worker: see [`crate::engine::workers::rehearsal`].

use crate::{
    digest::Digest,
    engine::{ArtifactCode, Engine, VerifiedArtifact, workers::rehearsal::NOTHING},
    entry::Entry,
    run::Execution,
};

/// The worker's side: runs what it was handed.
pub(super) fn rehearse(engine: &Engine, code: ArtifactCode) {
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

    use super::*;
    use crate::{
        config::EngineConfig,
        engine::workers::{code::take, rehearsal::code},
        outcome::Output,
    };

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
