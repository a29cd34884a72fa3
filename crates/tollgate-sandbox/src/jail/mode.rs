//! How much of a jail there must be.

use serde::{Deserialize, Serialize};

/// How much of the jail there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JailMode {
    /// Every layer of the role, or nothing runs.
    Require,
    /// Every layer this system has; the default.
    #[default]
    Best,
    /// None. What the sandbox checks by itself is all there is.
    Off,
}
