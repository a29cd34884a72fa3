//! Optimising modules beside the executions that run them without.
//!
//! A module that was loaded in plain code is put in a queue; a thread has one after the other optimised by the compiler, under
//! the same limits as any compilation, and puts the code in the place of the plain one: on disk, in memory, and for whoever
//! holds the module. Executions that run go on with the code they began with. When anything fails, the plain code stays.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use super::queue::Pushed;
use super::{Inner, Kept, Key};
use crate::compile::{Compiled, Compiler, Rules};
use crate::engine::Module;
use crate::event::EventKind;
use crate::{
    config::Tier,
    engine::{ArtifactCode, Engine, VerifiedArtifact},
};

/// A module that is to be optimised.
#[derive(Debug)]
pub(super) struct Work {
    engine: Engine,
    key: Key,
    wasm: Arc<[u8]>,
    plain: Module,
    rules: Rules,
}

impl Inner {
    /// Has a module optimised that was loaded just now, if that is wanted.
    pub(super) fn optimise_later(self: &Arc<Self>, engine: &Engine, key: Key, kept: &Kept) {
        if !self
            .optimise
            .improves(kept.tier, engine.config().determinism)
        {
            return;
        }
        let pushed = self.to_optimise.push(Work {
            engine: engine.clone(),
            key,
            wasm: kept.wasm.clone(),
            plain: kept.module.clone(),
            rules: self.rules(engine),
        });
        if pushed == Pushed::Start {
            // The thread lives no longer than the loader, but for the module it is at.
            let inner = Arc::downgrade(self);
            let thread = std::thread::Builder::new().name(String::from("tollgate-optimise"));
            if thread.spawn(move || work(&inner)).is_err() {
                self.to_optimise.not_started();
            }
        }
    }

    fn replace(&self, work: &Work, compiled: Compiled) {
        let (digest, took) = (work.plain.digest(), compiled.took);
        let artifact = ArtifactCode::Bytes(compiled.artifact.clone());
        let artifact = VerifiedArtifact::assume_verified(artifact, digest);
        let better = match work.engine.deserialize_trusted(artifact) {
            Ok(module) => module.in_place_of(&work.plain),
            Err(error) => {
                tracing::warn!(module.digest = %digest, %error, "optimised code was not loaded");
                return;
            }
        };
        // Only code that was loaded takes the place of code that runs.
        self.keep_on_disk(&work.engine, digest, &compiled);
        self.memory.replace(&work.key, |kept| Kept {
            module: better,
            tier: compiled.tier,
            ..kept.clone()
        });
        work.engine
            .events()
            .send(digest, || EventKind::ModuleOptimised { took });
    }
}

fn work(inner: &Weak<Inner>) {
    let next = || {
        let inner = inner.upgrade()?;
        Some((inner.to_optimise.next()?, inner.compiler.clone()))
    };
    while let Some((work, compiler)) = next() {
        // A panic is the fault of one module, and the next one is optimised.
        if catch_unwind(AssertUnwindSafe(|| one(inner, &work, &compiler))).is_err() {
            tracing::error!(module.digest = %work.plain.digest(), "optimising panicked");
        }
    }
}

fn one(inner: &Weak<Inner>, work: &Work, compiler: &Compiler) {
    let digest = work.plain.digest();
    match compiler.optimise(&work.wasm, &work.rules) {
        Ok(Some(compiled)) if compiled.tier == Tier::Speed => {
            if let Some(inner) = inner.upgrade() {
                inner.replace(work, compiled);
            }
        }
        Ok(_) => tracing::debug!(module.digest = %digest, "too costly to optimise"),
        Err(error) => tracing::debug!(module.digest = %digest, %error, "not optimised"),
    }
}
