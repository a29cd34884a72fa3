//! Why a gateway cannot decide. The gate stays shut.

use tollgate_ecl::host::input::InputError;
use tollgate_state::StateError;

use crate::policy::{PolicyError, StateCallError};

/// Why a gateway cannot be opened or cannot decide.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// Nobody said what its gate does.
    #[error("there is no realm `{realm}`; known are `{known}`")]
    UnknownRealm {
        /// The realm.
        realm: Box<str>,
        /// The realms there are.
        known: String,
    },
    /// Two realms of one name.
    #[error("the realm `{realm}` is there twice: give it one policy")]
    DuplicateRealm {
        /// The realm.
        realm: Box<str>,
    },
    /// A quota that would not refill within a lifetime.
    #[error(
        "the quota of realm `{realm}` has a period of {period:?} for so few crossings that none would be free again; shorten it"
    )]
    EndlessQuota {
        /// The realm.
        realm: Box<str>,
        /// The period.
        period: std::time::Duration,
    },
    /// No standard policy has that name.
    #[error("there is no standard policy `{name}`; there are {known}")]
    UnknownPolicy {
        /// The name.
        name: Box<str>,
        /// Names of those there are.
        known: String,
    },
    /// The realm's policy does not compile.
    #[error("the policy of realm `{realm}` does not compile:\n{diagnostics}")]
    Compile {
        /// The realm.
        realm: Box<str>,
        /// What the compiler says.
        diagnostics: String,
    },
    /// The source has no policy, or several.
    #[error("the source of realm `{realm}` has {count} policies, and one belongs there")]
    NotOnePolicy {
        /// The realm.
        realm: Box<str>,
        /// How many.
        count: usize,
    },
    /// The crossing is not one.
    #[error("the crossing is not well formed")]
    Crossing(#[from] InputError),
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The evaluation over the state could not be made.
    #[error(transparent)]
    Call(#[from] StateCallError),
}
