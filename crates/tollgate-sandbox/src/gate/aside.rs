//! What a gate says of a call beside its decision, for the records.

use serde::{Deserialize, Serialize};

/// What a policy says about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicySaid {
    /// It happens.
    Allow,
    /// It does not happen.
    Deny,
    /// Somebody has to be asked.
    Ask,
}

/// What a policy says that is evaluated beside the one that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShadowSaid {
    /// It would happen.
    Allow,
    /// It would not happen.
    Deny,
    /// Somebody would have to be asked.
    Ask,
    /// It failed, or does not take the call.
    Fault,
}

impl ShadowSaid {
    /// What a shadow says that did not fail.
    pub const fn of(said: PolicySaid) -> Self {
        match said {
            PolicySaid::Allow => Self::Allow,
            PolicySaid::Deny => Self::Deny,
            PolicySaid::Ask => Self::Ask,
        }
    }
}

/// What a policy reads of a call that stands nowhere else in its record. Arguments of functions are not in it: they may be
/// secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateFacts {
    /// What the policy said; that is not always what happens, since there may be nobody to ask.
    pub said: PolicySaid,
    /// The module's digest.
    pub module: String,
    /// Who asked for the run.
    pub caller: String,
    /// Where on the host the file is that the call reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How many calls of the execution were decided before.
    pub earlier: u64,
    /// When it was decided, by the clock of this machine: milliseconds since 1970.
    pub unix_ms: u64,
}

/// What a gate says of a call beside its decision. It is no part of the digest of the records: places and times differ between
/// equal runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Aside {
    /// What another policy needs to decide the call later.
    pub facts: Option<GateFacts>,
    /// What a shadow says, where that is something else.
    pub shadow: Option<ShadowSaid>,
}
