//! Every bound of this crate, with its unit and its reason.

use std::time::Duration;

/// Bytes of one credential in JWT form. A credential with a few dozen claims is 2 KiB.
pub const CREDENTIAL_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a did document fetched for `did:web`.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024;

/// Verification methods read from one did document; the rest is ignored with an error.
pub const DOCUMENT_KEYS_MAX: usize = 32;

/// Documents that one decision fetches: its issuers are few. More are refused, so that a decision has a bound.
pub const DOCUMENTS_PER_DECISION_MAX: usize = 4;

/// Bytes of a did.
pub const DID_BYTES_MAX: usize = 256;

/// Credentials of one subject that one question looks at. More are refused, so that a question has a bound.
pub const CREDENTIALS_PER_SUBJECT_MAX: usize = 256;

/// Delegates of one did that one question returns: the bound of the type `list<did, 64>`.
pub const DELEGATES_MAX: usize = tollgate_ecl::ir::DELEGATES_MAX as usize;

/// Bytes of a value in a key-value store: the bound of the type the program sees.
pub const VALUE_BYTES_MAX: usize = tollgate_ecl::types::STRING_BYTES_DEFAULT as usize;

/// Bytes of the id of a commit.
pub const COMMIT_ID_BYTES_MAX: usize = 4 * 1024;

/// Effects that one commit may carry.
pub const EFFECTS_PER_COMMIT_MAX: usize = 256;

/// Bytes of the outcome kept with a commit: a decision with the reasons of a policy of ordinary size is 2 KiB.
pub const OUTCOME_BYTES_MAX: usize = 64 * 1024;

/// Credentials that may be presented with one question. More are refused, so that a question has a bound.
pub const PRESENTED_MAX: usize = 32;

/// How long a writer waits for another writer before it gives up with [`StateError::Busy`](crate::StateError::Busy).
pub const BUSY_TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);

/// How long a reservation of mana stands before it may be refunded, in nanoseconds: twice the default execution time.
pub const RESERVATION_LEASE_NS: i64 = 600 * 1_000_000_000;

/// What is left of a trust vector seen from another realm, when the realms say nothing themselves.
pub const REALM_DAMPENING_DEFAULT: f64 = 0.8;
