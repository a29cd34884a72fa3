//! The modules that are ready to run, by digest, with where they came from.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tollgate_sandbox::{Digest, Module};

use crate::limits::MODULES_LOADED;
use crate::statistics::ModuleStatistics;

/// Loaded modules; the least recently used one makes room for the next above [`MODULES_LOADED`].
#[derive(Debug, Default)]
pub(crate) struct Modules {
    loaded: Mutex<HashMap<Digest, Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    module: Module,
    name: String,
    bytes: u64,
    at: SystemTime,
}

impl Modules {
    pub(crate) fn get(&self, digest: &Digest) -> Option<Module> {
        self.lock().get(digest).map(|loaded| loaded.module.clone())
    }

    /// Keeps `module`, or gives back the one that another thread has loaded from the same bytes meanwhile.
    pub(crate) fn insert(&self, module: Module, name: String, bytes: u64) -> Module {
        let mut loaded = self.lock();
        if let Some(known) = loaded.get(&module.digest()) {
            return known.module.clone();
        }
        if loaded.len() >= MODULES_LOADED {
            let oldest = loaded
                .values()
                .min_by_key(|loaded| loaded.module.last_used().unwrap_or(loaded.at));
            if let Some(digest) = oldest.map(|loaded| loaded.module.digest()) {
                loaded.remove(&digest);
            }
        }
        loaded.insert(
            module.digest(),
            Loaded {
                module: module.clone(),
                name,
                bytes,
                at: SystemTime::now(),
            },
        );
        module
    }

    pub(crate) fn remove(&self, digest: &Digest) -> bool {
        self.lock().remove(digest).is_some()
    }

    pub(crate) fn len(&self) -> u64 {
        self.lock().len() as u64
    }

    /// All of them, the first loaded first.
    pub(crate) fn statistics(&self) -> Vec<ModuleStatistics> {
        let loaded = self.lock();
        let mut all: Vec<_> = loaded
            .values()
            .map(|loaded| ModuleStatistics {
                digest: loaded.module.digest(),
                name: loaded.name.clone(),
                bytes: loaded.bytes,
                component: loaded.module.is_component(),
                loaded: loaded.at,
                last_used: loaded.module.last_used(),
                executions: loaded.module.executions(),
                memory: loaded.module.memory(),
            })
            .collect();
        all.sort_by(|a, b| {
            a.loaded
                .cmp(&b.loaded)
                .then_with(|| a.digest.cmp(&b.digest))
        });
        all
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Loaded>> {
        // Nothing here panics between two changes that belong together, so a poisoned map is still whole.
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
