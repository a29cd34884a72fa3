//! What a host knows and keeps: facts with their history, effects that decisions commit, and mana.
//!
//! Policies are pure; this crate is the other half. A [`Snapshot`] answers an evaluation's questions from one read
//! transaction, so they all see the same moment. A [`Commit`] writes the effects of a decision all together or not at all,
//! once for each idempotency key. [`Mana`] reserves before work and settles after it. Everything lies in one SQLite file in
//! WAL mode with `synchronous=FULL`: a commit that was acknowledged survives a crash and a power cut.
//!
//! Time is an argument everywhere (nanoseconds since 1970), so that tests drive it.

mod commit;
pub mod credential;
pub mod did;
#[cfg(feature = "faults")]
pub mod faults;
mod file;
mod import;
mod json;
mod jwt;
pub mod limits;
mod mana;
mod snapshot;
mod store;

pub use commit::{Commit, CommitOutcome, Effect, check_id};
pub use import::{Dampening, Entries, Import, ManaBucket, Revocation};
pub use mana::{Bucket, Mana, ManaError, Reservation, Settled};
pub use snapshot::{Presented, Refusal, Snapshot};
pub use store::{StateError, Store};
