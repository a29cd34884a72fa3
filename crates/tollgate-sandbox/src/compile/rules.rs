//! What modules are held to when they are compiled.

use serde::{Deserialize, Serialize};

use crate::{config::EngineConfig, prescan::ModuleLimits};

/// What modules are held to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How large their parts may be.
    pub limits: ModuleLimits,
    /// The proposals that are on, the level of determinism, and how code is made.
    pub config: EngineConfig,
}
