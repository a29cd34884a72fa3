//! What a host knows and keeps: facts with their history, effects that decisions commit, and mana; and what a server keeps:
//! tenants and keys, modules, runs, what they cost, and the audit log of all of it; one server, or many at once. Questions that people answer are kept for both.
//!
//! It is for programs that decide by policies over facts that change, and for servers that run modules of others.
//!
//! ```
//! use tollgate_state::Store;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let mut store = Store::create(&folder.path().join("state.db"))?;
//! store.put_trust("did:example:ada", [0.9, 0.9, 0.8, 0.7, 0.9, 0.6], 1_000)?;
//! assert_eq!(store.trust_history("did:example:ada")?.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! Policies are pure; this crate is the other half. A [`Snapshot`] answers an evaluation's questions from one read
//! transaction, so they all see the same moment. A [`Commit`] writes the effects of a decision all together or not at all,
//! once for each idempotency key. [`Mana`] reserves before work and settles after it. Everything lies in one SQLite file in
//! WAL mode with `synchronous=FULL`, or in one schema of a PostgreSQL database: a commit that was acknowledged survives a crash
//! and a power cut.
//!
//! The files here say what is kept and which rules it has; `sql/` is the adapter that keeps it, and the only place with SQL.
//! What it must do with either database is one suite of tests, `tests/it/contract/`.
//!
//! Time is an argument everywhere (nanoseconds since 1970), so that tests drive it.

#![forbid(unsafe_code)]

pub mod access;
pub mod approval;
pub mod audit;
pub mod cast;
mod commit;
pub mod credential;
pub mod did;
mod error;
pub mod folder;
mod import;
pub mod issue;
mod json;
mod jwt;
pub mod ledger;
pub mod limits;
mod mana;
pub mod money;
pub mod names;
pub mod node;
mod place;
pub mod policy;
mod presented;
pub mod price;
pub mod quota;
pub mod receipt;
pub mod registry;
pub mod signer;
mod sql;
pub mod statement;

pub use commit::{Commit, CommitOutcome, Effect, check_id};
pub use error::StateError;
pub use import::{Dampening, Entries, Import, ManaBucket, Revocation};
pub use mana::{Bucket, ManaError, Reservation, Settled};
pub use place::{Place, PostgresUrl, UrlError};
pub use presented::{Presented, Refusal};
#[cfg(feature = "faults")]
pub use sql::faults;
pub use sql::{Batch, BatchError, Mana, Snapshot, Store};
