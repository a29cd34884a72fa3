//! What tells engines apart whose code is not the same: a hash of everything that changes what compiled code does or costs.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::config::EngineConfig;

/// Version of the table that prices instructions and host work; part of the fingerprint.
const PRICE_TABLE: u32 = 2;

/// Hash of everything that changes what compiled code does or costs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Returns the 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) fn fingerprint(config: &EngineConfig, engine: &wasmtime::Engine) -> Fingerprint {
    let mut hasher = FingerprintHasher(Sha256::new());
    hasher.0.update(b"tollgate engine fingerprint 2\0");
    engine.precompile_compatibility_hash().hash(&mut hasher);
    PRICE_TABLE.hash(&mut hasher);
    config.determinism.hash(&mut hasher);
    config.proposals.hash(&mut hasher);
    config.is_metered().hash(&mut hasher);
    config.debug_info.hash(&mut hasher);
    Fingerprint(hex::encode(hasher.0.finalize()))
}

/// Lets [`Hash`] feed a cryptographic hash; the 64-bit result is never used.
struct FingerprintHasher(Sha256);

impl Hasher for FingerprintHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
